// Says in the user's words why a role did not start, and whether waiting may help.
import type { Config } from '../config.ts';
import { TemporaryFailure } from '../errors.ts';
import { tellInWords } from '../run-command.ts';
import type { StartCure } from './role-messages.ts';

export function describeStartFailure(error: unknown, config: Config): { message: string; cure: StartCure } {
  const { code, port, syscall } = (error ?? {}) as { code?: unknown; port?: unknown; syscall?: unknown };
  if (syscall === 'listen') {
    const variable = variableOfPort(port, config);
    // Node names no port where any free one was asked for.
    const where = `${port === undefined ? 'any port' : `port ${port}`} on ${config.host}`;
    if (code === 'EADDRINUSE') {
      return {
        message: `${where} is taken: end what listens there or set ${variable} to another port`,
        cure: 'port-released',
      };
    }
    if (code === 'EACCES')
      return { message: `this user may not listen on ${where}: set ${variable} to 1024 or above`, cure: 'person' };
    return { message: `can't listen on ${where} (${code}): check PULSEWARD_HOST and ${variable}`, cure: 'person' };
  }
  return { message: tellInWords(error), cure: error instanceof TemporaryFailure ? 'service-up' : 'person' };
}

const variableOfPort = (port: unknown, config: Config) =>
  port === config.mqttPort
    ? 'PULSEWARD_MQTT_PORT'
    : port === config.httpPort
      ? 'PULSEWARD_HTTP_PORT'
      : port === config.metricsPort
        ? 'PULSEWARD_METRICS_PORT'
        : port === config.mqttsPort
          ? 'PULSEWARD_MQTTS_PORT'
          : 'the variable for it';
