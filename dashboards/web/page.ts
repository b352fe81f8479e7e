// What every view gets: where to render, and whether it is still the one on screen.
import type { TemplateResult } from 'lit-html';
import type { Change } from './wire.ts';

export interface View {
  /** Loads and renders; called again when something changed that it shows. */
  refresh(): Promise<void>;
  /** Whether it shows what has changed. A page that moves for other reasons is a page one stops looking at. */
  concerns(change: Change): boolean;
}

export type Show = (content: TemplateResult) => void;
