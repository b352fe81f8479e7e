// The clock of a scene jumps to when a team's shows a time of day next.
import { instantOfWallClock, wallClockAt } from '../../domain/on-call/wall-clock.ts';
import { MINUTE_MS, type Scene } from './alerting-scene.ts';

const ZONE = 'Asia/Shanghai';
const DAY_MS = 86_400_000;

export function passTo(scene: Scene, time: string): void {
  const wall = wallClockAt(scene.now(), ZONE);
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const today = wall - (wall % DAY_MS) + hours * 60 * MINUTE_MS + minutes * MINUTE_MS;
  scene.pass(instantOfWallClock(today > wall ? today : today + DAY_MS, ZONE) - scene.now());
}
