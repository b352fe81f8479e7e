// A list that is longer than a page: it grows when asked, and a refresh reads again as much as is shown.
import { html, type TemplateResult } from 'lit-html';
import { get } from './api.ts';
import { t } from './texts.ts';
import type { Page } from './wire.ts';

const PAGE = 100;
const MOST = 1000;

export interface PagedList<T> {
  /** From the beginning, as many as are shown. */
  load(path: string): Promise<readonly T[]>;
  /** A button where there is more. */
  more(reload: () => Promise<void>): TemplateResult | '';
}

export function createPagedList<T>(): PagedList<T> {
  let limit = PAGE;
  let isMore = false;
  return {
    async load(path) {
      const page = await get<Page<T>>(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}`);
      isMore = page.nextCursor !== undefined;
      return page.items;
    },
    more(reload) {
      if (!isMore) return '';
      if (limit >= MOST) return html`<p class="more note">${t.onlyTheFirst(MOST)}</p>`;
      const grow = () => {
        limit = Math.min(MOST, limit + 2 * PAGE);
        return reload();
      };
      return html`<p class="more"><button class="quiet" data-action="more" @click=${grow}>${t.more}</button></p>`;
    },
  };
}
