// A mail as its reader's program shows it, as far as Pulseward's go: one part, its content in one of the two encodings, encoded words in UTF-8.

export interface ParsedMail {
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

export function parseMail(bytes: Buffer): ParsedMail {
  const [head = '', body = ''] = bytes.toString('latin1').split(/\r\n\r\n(.*)/s);
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const [name = '', value = ''] = line.split(/:\s*(.*)/s);
      return [name.toLowerCase(), decodeWords(value)];
    }),
  );
  const isBase64 = headers.get('content-transfer-encoding') === 'base64';
  const text = isBase64 ? Buffer.from(body, 'base64') : decodeQuoted(body);
  return { headers, text: text.toString('utf8').trim() };
}

const decodeWords = (text: string) =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, form: string, word: string) =>
      (form.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : decodeQuoted(word.replaceAll('_', ' '))).toString(
        'latin1',
      ),
    )
    .replace(/[\x80-\xff]+/g, (part) => Buffer.from(part, 'latin1').toString('utf8'));

const decodeQuoted = (text: string) =>
  Buffer.from(
    text
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
