// The HTTP API as a test uses it: JSON in, JSON out, a failed request throws status and problem.

export interface ApiClient {
  readonly token: string;
  get<T = Record<string, unknown>>(path: string): Promise<T>;
  post<T = Record<string, unknown>>(path: string, body?: unknown): Promise<T>;
  put<T = Record<string, unknown>>(path: string, body: unknown): Promise<T>;
  patch<T = Record<string, unknown>>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<void>;
}

export async function signIn(httpUrl: string, username: string, password: string): Promise<ApiClient> {
  const { token } = await request<{ token: string }>(httpUrl, undefined, 'POST', '/session', { username, password });
  return {
    token,
    get: (path) => request(httpUrl, token, 'GET', path),
    post: (path, body = {}) => request(httpUrl, token, 'POST', path, body),
    put: (path, body) => request(httpUrl, token, 'PUT', path, body),
    patch: (path, body) => request(httpUrl, token, 'PATCH', path, body),
    delete: (path) => request(httpUrl, token, 'DELETE', path),
  };
}

async function request<T>(
  httpUrl: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(`${httpUrl}/api/v1${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
