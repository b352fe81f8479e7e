// The receiving browser of Web Push: makes a subscription, and reads what was encrypted for it, by an independent decryption from the RFCs'
// text (RFC 8291 §3.4, RFC 8188 §2, one record).
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

export function createPushBrowser() {
  const ecdh = createECDH('prime256v1');
  const own = ecdh.generateKeys();
  const auth = randomBytes(16);
  return {
    subscribe: (endpoint: string) =>
      JSON.stringify({
        endpoint,
        expirationTime: null,
        keys: { p256dh: own.toString('base64url'), auth: auth.toString('base64url') },
      }),
    read(body: Buffer): string {
      const idLength = body.readUInt8(20);
      const [salt, theirs] = [body.subarray(0, 16), body.subarray(21, 21 + idLength)];
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), own, theirs]);
      const ikm = Buffer.from(hkdfSync('sha256', ecdh.computeSecret(theirs), auth, info, 32));
      const key = Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: aes128gcm\0', 16));
      const nonce = Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: nonce\0', 12));
      const sealed = body.subarray(21 + idLength);
      const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
      const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString();
      return text.slice(0, text.lastIndexOf('\u0002'));
    },
  };
}
