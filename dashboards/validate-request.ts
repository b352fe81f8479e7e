// Checks requests against their schemas with TypeBox itself. Promise: what is wrong is said field by field, with the remedy.
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import Value from 'typebox/value';
import { allowedByFormat } from './wire-formats.ts';

export interface FieldError {
  /** Path into the body or the query, e.g. `contacts/0/address`; empty for the whole. */
  readonly field: string;
  readonly detail: string;
}

export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super(errors.map(({ detail }) => detail).join(' '));
    this.errors = errors;
  }
}

/** A creating request of which no field is required may leave its body out: the hook comes before the check. */
export function acceptEmptyBodies(server: FastifyInstance): void {
  server.addHook('preValidation', async (request) => {
    const schema = request.routeOptions.schema?.body as { readonly required?: readonly string[] } | undefined;
    if (request.method === 'POST' && schema && request.body === undefined && !schema.required?.length)
      request.body = {};
  });
}

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const checker = Compile(schema);
  return (input: unknown) => {
    // A query and a path are text; a body says itself what is a number.
    const value = httpPart === 'body' || httpPart === undefined ? input : Value.Convert(schema, input);
    if (checker.Check(value)) return { value };
    return { error: new InvalidRequest(toFieldErrors(checker.Errors(value))) };
  };
};

type SchemaError = ReturnType<ReturnType<typeof Compile>['Errors']>[number];

function toFieldErrors(errors: readonly SchemaError[]): FieldError[] {
  return errors.flatMap((error) => {
    const field = error.instancePath.replace(/^\//, '');
    const inside = (name: string) => (field === '' ? name : `${field}/${name}`);
    switch (error.keyword) {
      case 'required':
        return error.params.requiredProperties.map((name) => say(inside(name), 'is missing.'));
      case 'additionalProperties':
        return error.params.additionalProperties.map((name) =>
          say(inside(name), 'is not a field here: leave it out, or correct its name.'),
        );
      // Only says again, per property, what `additionalProperties` has said.
      case 'boolean':
        return [];
      default:
        return [say(field, `must be ${allowed(error)}.`)];
    }
  });
}

function allowed(error: SchemaError): string {
  switch (error.keyword) {
    case 'enum':
      return `one of ${error.params.allowedValues.join(', ')}`;
    case 'const':
      return JSON.stringify(error.params.allowedValue);
    case 'format':
      return allowedByFormat(error.params.format);
    case 'type':
      return `of type ${[error.params.type].flat().join(' or ')}`;
    case 'minLength':
      return `at least ${error.params.limit} characters long`;
    case 'maxLength':
      return `at most ${error.params.limit} characters long`;
    case 'minItems':
      return `a list of at least ${error.params.limit}`;
    case 'maxItems':
      return `a list of at most ${error.params.limit}`;
    case 'minimum':
    case 'maximum':
      return `${error.params.comparison} ${error.params.limit}`;
    default:
      return error.message.replace(/^must /, '');
  }
}

const say = (field: string, rest: string): FieldError => ({ field, detail: `${field || 'The body'} ${rest}` });
