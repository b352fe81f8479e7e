import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../runtime/errors.ts';
import { readSimulateOptions } from './simulate-options.ts';
import { DAY_MS } from './traces/local-day.ts';

const read = (line: string) => readSimulateOptions(line.split(' ').filter(Boolean));

function problemsOf(line: string): Record<string, string> {
  try {
    read(line);
  } catch (failure) {
    if (failure instanceof ConfigurationError)
      return Object.fromEntries(failure.problems.map(({ name, given, allowed }) => [name, `${given} | ${allowed}`]));
    throw failure;
  }
  throw new Error(`accepted: ${line}`);
}

describe('the command line of a simulation', () => {
  test('without options plays a mixed fleet on this machine until Ctrl-C', () => {
    expect(read('')).toMatchObject({
      url: 'mqtt://127.0.0.1:1883',
      api: 'http://127.0.0.1:8080',
      devices: 30,
      scenario: 'mix',
      speed: 1,
      durationMs: undefined,
      historyMs: 0,
      shiftDays: 'auto',
    });
  });

  test('is understood in full', () => {
    const line =
      '--url mqtt://[::1]:1884 --devices=1000 --kinds bp_monitor,cgm --scenario bp_crisis --speed 60 --duration 1.5m --history 14';
    expect(read(line)).toMatchObject({
      url: 'mqtt://[::1]:1884',
      devices: 1_000,
      kinds: ['cgm', 'bp_monitor'],
      scenario: 'bp_crisis',
      speed: 60,
      durationMs: 90_000,
      historyMs: 14 * DAY_MS,
    });
    expect(read('--replay trace.csv --shift-days -30 --unit mmol/L --patient-zone Etc/GMT+5')).toMatchObject({
      replay: 'trace.csv',
      shiftDays: -30,
      unit: 'mmol/L',
      patientZone: 'Etc/GMT+5',
    });
  });

  test('with many mistakes is refused once, with all of them and what is allowed', () => {
    const problems = problemsOf(
      '--devices 0 --speed fast --duration 5 --scenario storm --kinds cgm,scale --seed -1 --unit mg --patient-zone Mars/One --gateway 3 --allow-remote=yes --drain',
    );
    expect(problems).toEqual({
      '--devices': '"0" | a whole number from 1 to 20000',
      '--speed': '"fast" | a number from 1 to 10000',
      '--duration': '"5" | a time such as 90s, 10m or 2h, above 0',
      '--scenario': expect.stringContaining('"storm" | mix, steady, nocturnal_low'),
      '--kinds': '"cgm,scale" | some of cgm,glucometer,bp_monitor, separated by commas',
      '--seed': expect.stringContaining('a whole number from 0'),
      '--unit': '"mg" | mg/dL, mmol/L',
      '--patient-zone': expect.stringContaining('an IANA time zone'),
      '--gateway': 'an unknown option | the options of --help',
      'the command line': '"3" | options only, see --help',
      '--allow-remote': '"yes" | no value',
      '--drain': expect.stringContaining('nothing | a value'),
    });
  });

  test.each(['--url mqtt://broker.example', '--api https://10.0.0.7', '--url mqtts://[2001:db8::1]'])(
    'reaches another machine only when told so: %s',
    (line) => {
      expect(Object.values(problemsOf(line))).toEqual([expect.stringContaining('only with --allow-remote')]);
      expect(() => read(`${line} --allow-remote`)).not.toThrow();
    },
  );

  test('contradictions are named', () => {
    expect(problemsOf('--replay a.csv --devices 3 --speed 2')).toEqual({
      '--devices': '"3" | not together with --replay',
      '--speed': '"2" | not together with --replay',
    });
    expect(problemsOf('--shift-days 3')).toEqual({ '--shift-days': '"3" | only together with --replay' });
  });

  test('a password is never shown', () => {
    const problems = problemsOf('--password hunter2 --password-file f --credentials c.json');
    expect(JSON.stringify(problems)).not.toContain('hunter2');
    expect(Object.keys(problems).sort()).toEqual(['--password', '--password-file']);
  });
});
