// The first page of all patients by risk, whose names, phones and numbers are opened for it.
import type { ApiClient } from '../system/api-client.ts';
import { type RequestLatency, timeRequests } from './request-latency.ts';

const REQUESTS = 200;

export async function measureRiskPage(api: ApiClient): Promise<RequestLatency> {
  const page = () => api.get<{ items: { patientId: string }[] }>('/patients?sort=risk&limit=100');
  // The fleet was written past the API and nobody in it has a name. It doesn't move who comes first.
  const { items } = await page();
  for (const [index, { patientId }] of items.entries())
    await api.patch(`/patients/${patientId}`, {
      name: '王小明',
      phone: `1380000${String(index).padStart(4, '0')}`,
      identifiers: [{ system: 'health_card', value: `HC${String(index).padStart(12, '0')}` }],
    });
  return timeRequests(REQUESTS, page);
}
