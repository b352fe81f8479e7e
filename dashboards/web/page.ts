// What every view gets to work with, and what it is to the page.
import type { TemplateResult } from 'lit-html';
import type { Change } from './wire.ts';

export interface Stage {
  /** Puts it on screen, unless another view is looked at by now. */
  show(content: TemplateResult, title: string): void;
  /** Reads again what is on screen. Never rejects: what goes wrong is told in one place. */
  reload(): Promise<void>;
}

export interface View {
  /** Loads and shows; called again when something changed that it shows. */
  refresh(): Promise<void>;
  /** Whether it shows what has changed. A page that moves for other reasons is a page one stops looking at. */
  concerns(change: Change): boolean;
}
