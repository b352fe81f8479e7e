// What every view gets: where to render, and whether it is still the one on screen.
import type { TemplateResult } from 'lit-html';

export interface View {
  /** Loads and renders; called again when a live event concerns it. */
  refresh(): Promise<void>;
}

export type Show = (content: TemplateResult) => void;
