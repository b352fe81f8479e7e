// What every part of the role works with.
import type { DeliveryContext } from './delivery/delivery.ts';
import type { DeliveryPool } from './delivery/delivery-pool.ts';

export interface AlertingContext extends DeliveryContext {
  readonly deliveries: DeliveryPool;
}
