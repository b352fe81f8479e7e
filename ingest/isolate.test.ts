import { expect, test } from 'vitest';
import { frameMessages } from '../storage/journal/record-frame.ts';
import { isolate } from './isolate.ts';

const ITEMS = 1_000;
const { bytes, messageCount } = frameMessages([
  {
    receivedAt: 1,
    deviceKey: 1,
    flags: 0,
    topic: Buffer.from('v1/devices/d/readings'),
    payload: Buffer.from(JSON.stringify(Array.from({ length: ITEMS }, () => ({ kind: 'nothing' })))),
  },
]);
const record = { partition: 0, seq: 1, messageCount, bytes };

async function search(isBad: (index: number) => boolean) {
  let trials = 0;
  const { givenUp } = await isolate(record, {
    isPassing: () => false,
    async tryRecord(_record, takesPart) {
      trials += 1;
      for (let index = 0; index < ITEMS; index++) if (takesPart(index) && isBad(index)) throw new Error('a bug');
    },
  });
  return { trials, givenUp };
}

test('a few bad items among a thousand are found and nothing else is given up', async () => {
  const { givenUp, trials } = await search((index) => index % 250 === 7);
  expect([...givenUp]).toEqual(['0.1.7', '0.1.257', '0.1.507', '0.1.757']);
  expect(trials).toBeLessThan(100);
});

test('a record of which everything is bad does not hold up its worker by thousands of trials', async () => {
  const { givenUp, trials } = await search(() => true);
  expect(givenUp.size).toBe(ITEMS);
  expect(trials).toBeLessThan(250);
});

test('of a record with many bad items, what is found to be good late in the search is kept all the same', async () => {
  const { givenUp } = await search((index) => index < 500);
  expect(givenUp.size).toBe(500);
});
