import { expect, test } from 'vitest';
import { createLinkCounters } from '../devices/link-counters.ts';
import { describeSummary, progressLine } from './fleet-report.ts';

const counters = {
  ...createLinkCounters(),
  measured: 12_345,
  published: 12_340,
  acknowledged: 12_300,
  resent: 7,
  reconnects: 2,
};

test('the summary says published, acknowledged, lost and reconnects, and what lost means', () => {
  const summary = describeSummary({ ...counters, lost: 45 });
  expect(summary).toMatch(/published +12,340\n/);
  expect(summary).toMatch(/acknowledged +12,300\n/);
  expect(summary).toMatch(/lost +45 {2}not acknowledged/);
  expect(summary).toMatch(/reconnects +2\n/);
  expect(summary).not.toContain('refused');
});

test('refused sign-ins are named with the likely reason', () => {
  const refused = { ...counters, refused: 3 };
  expect(describeSummary({ ...refused, lost: 0 })).toMatch(/refused +3 .*registered/);
  expect(progressLine({ ...refused, links: 10, online: 0, waiting: 45 })).toContain('0 of 10 connections');
});
