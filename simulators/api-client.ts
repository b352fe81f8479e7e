// The few calls of the HTTP API that the simulators make, as every client makes them. The one place to adapt when the API changes.
// Promise: a refused call says method, path, status and the server's own explanation; never a token or a password.

export interface NewTeam {
  readonly name: string;
  readonly timeZone?: string;
}

export interface NewMember {
  readonly name: string;
  readonly role: 'lead' | 'gp' | 'nurse' | 'public_health' | 'village_worker' | 'specialist';
  readonly username?: string;
  readonly contacts: readonly { readonly channel: string; readonly address: string }[];
}

/** May do nothing until they are a member of a team. */
export interface NewUser {
  readonly username: string;
  readonly password: string;
}

export interface NewPatient {
  readonly name: string;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly sex: 'female' | 'male';
  readonly conditions: readonly string[];
  readonly teamId: string;
  readonly timeZone?: string;
  readonly riskGroup?: 'standard' | 'older_high_risk';
}

export interface NewDevice {
  readonly kind: 'cgm' | 'glucometer' | 'bp_monitor' | 'gateway';
  readonly patientId?: string;
  readonly gatewayId?: string;
}

export interface RegisteredDevice {
  readonly deviceId: string;
  /** For MQTT; the password is shown only once. */
  readonly username: string;
  readonly password: string;
}

export interface ApiClient {
  /** Each answers the new thing's id. */
  createTeam(team: NewTeam): Promise<string>;
  createUser(user: NewUser): Promise<string>;
  createMember(teamId: string, member: NewMember): Promise<string>;
  createPatient(patient: NewPatient): Promise<string>;
  createDevice(device: NewDevice): Promise<RegisteredDevice>;
  recordTreatment(patientId: string, treatment: { class: string; name: string; from: string }): Promise<void>;
}

/** `status` is undefined where no answer came. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** `baseUrl` without path, e.g. `http://127.0.0.1:8080`. Throws ApiRefusal. */
export async function signIn(baseUrl: string, username: string, password: string): Promise<ApiClient> {
  const session = await request(baseUrl, undefined, 'POST', '/session', { username, password });
  const token = textOf(session, 'token');
  const post = (path: string, body: object) => request(baseUrl, token, 'POST', path, body);

  return {
    createTeam: async (team) => textOf(await post('/teams', team), 'teamId'),
    createUser: async (user) => textOf(await post('/users', user), 'userId'),
    createMember: async (teamId, member) => textOf(await post(`/teams/${teamId}/members`, member), 'memberId'),
    createPatient: async (patient) => textOf(await post('/patients', patient), 'patientId'),
    createDevice: async (device) => {
      const created = await post('/devices', device);
      const mqtt = isObject(created) ? created.mqtt : undefined;
      return {
        deviceId: textOf(created, 'deviceId'),
        username: textOf(mqtt, 'username'),
        password: textOf(mqtt, 'password'),
      };
    },
    recordTreatment: async (patientId, treatment) => {
      await post(`/patients/${patientId}/treatments`, treatment);
    },
  };
}

async function request(
  baseUrl: string,
  token: string | undefined,
  method: string,
  path: string,
  body: object,
): Promise<unknown> {
  const call = `${method} ${baseUrl}/api/v1${path}`;
  const response = await fetch(`${baseUrl}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  }).catch((cause: unknown) => {
    throw new ApiRefusal(`${call}: no answer; is Pulseward running there?`, undefined, { cause });
  });
  const text = await response.text();
  if (!response.ok) throw new ApiRefusal(`${call}: ${response.status} ${explanationIn(text)}`, response.status);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiRefusal(`${call}: the answer is not JSON; is this the address of Pulseward?`, response.status, {
      cause,
    });
  }
}

/** Of problem+json (RFC 9457), else the beginning of what came. */
function explanationIn(text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    if (isObject(problem)) return [problem.title, problem.detail].filter((part) => typeof part === 'string').join(': ');
  } catch {
    // Not from Pulseward: a proxy's page, say.
  }
  return text.slice(0, 200);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function textOf(answer: unknown, field: string): string {
  const value = isObject(answer) ? answer[field] : undefined;
  if (typeof value !== 'string') throw new ApiRefusal(`the API's answer has no text "${field}"`);
  return value;
}
