import { expect, test } from 'vitest';
import { labelOf } from './patient-labels.ts';

const national = { system: 'national_id', value: '110101195001010011' };

test('the file number’s last four stand beside the surname', () => {
  const identifiers = [
    national,
    { system: 'health_card', value: 'HC-1' },
    { system: 'file_number', value: 'A-0077 12' },
  ];
  expect(labelOf({ name: '王小明', identifiers })).toEqual({ surname: '王', fileNumberEnd: '7712' });
});

test('where an installation calls it otherwise, the first number that a clinic gave does', () => {
  const identifiers = [national, { system: 'clinic_number', value: '330106-20156' }];
  expect(labelOf({ name: '欧阳修', identifiers })).toEqual({ surname: '欧阳', fileNumberEnd: '0156' });
});

test('no end of an identity card or passport ever does', () => {
  const identifiers = [national, { system: 'passport', value: 'E12345678' }];
  expect(labelOf({ name: '王小明', identifiers })).toEqual({ surname: '王', fileNumberEnd: undefined });
});

test('without a name there is no label', () => {
  expect(labelOf({ name: '', identifiers: [national] })).toBeUndefined();
});
