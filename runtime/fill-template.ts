// `{name}` in a template is replaced by a value, written so that it can't be taken for anything but a value.

export type TemplateForm = 'json' | 'form';

/** `json`: as the inside of a JSON string; `form`: as in a query or a form. What isn't in `values` stays as it is. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>, form: TemplateForm): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return whole;
    return form === 'json' ? JSON.stringify(value).slice(1, -1) : encodeURIComponent(value);
  });
}
