import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidInputError } from '../kernel/errors.ts';

/** What a form of ours sent. */
export interface Form {
  /** A field's text; undefined where it is missing. @throws InvalidInputError where it stands more than once */
  text(name: string): string | undefined;
  /** Every value of a field that may stand more than once. */
  list(name: string): readonly string[];
  /** Whether a box was ticked, a button was pressed. */
  has(name: string): boolean;
}

// The longest form has an address, a name, a page to go to and a box for each topic.
const maxFormBytes = 16_384;
const maxFields = 200;

/**
 * Routes that take forms, in a scope of their own: `application/x-www-form-urlencoded` up to 16 kB and nothing else (415, 413), so that no handler
 * meets an array, an object or a file where it expects a text.
 */
export async function addFormScope(app: FastifyInstance, addRoutes: (forms: FastifyInstance) => void): Promise<void> {
  await app.register(async (forms) => {
    forms.removeAllContentTypeParsers();
    forms.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: maxFormBytes },
      (_request, body, done) => {
        try {
          done(null, parseForm(String(body)));
        } catch (error) {
          done(error as Error);
        }
      },
    );
    addRoutes(forms);
  });
}

/**
 * Routes that take any body up to the limit, as text, whatever its type: a one-click request may come as a form, as multipart (RFC 8058 3.1) or without a
 * type, and must work at once. They read no more from it than whether certain words stand in it.
 */
export async function addAnyBodyScope(app: FastifyInstance, addRoutes: (scope: FastifyInstance) => void): Promise<void> {
  await app.register(async (scope) => {
    takeAnyBody(scope);
    // A type that is none would be refused before any parser is asked.
    scope.addHook('onRequest', async ({ raw }) => {
      if (raw.headers['content-type'] !== undefined) raw.headers['content-type'] = 'application/octet-stream';
    });
    addRoutes(scope);
  });
}

/** Takes any body up to the limit, as text. */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: maxFormBytes }, (_request, body, done) => done(null, body));
}

/** The form that a request of such a scope brought; an empty one where it came without a body. */
export function readForm(request: FastifyRequest): Form {
  return (request.body as Form | undefined) ?? parseForm('');
}

/** Reads a form, whatever its route makes of it. @throws InvalidInputError for what no browser sends: too many fields, NUL, bytes that are no text */
function parseForm(body: string): Form {
  if (!isText(body)) throw new InvalidInputError('Expected text, got bytes that are none');
  const fields = [...new URLSearchParams(body)];
  if (fields.length > maxFields) throw new InvalidInputError(`Expected at most ${maxFields} fields, got ${fields.length}`);
  const list = (name: string): readonly string[] => fields.filter(([key]) => key === name).map(([, value]) => value);
  return {
    list,
    has: (name) => list(name).length > 0,
    text(name) {
      const values = list(name);
      if (values.length > 1) throw new InvalidInputError(`Expected the field "${name}" once, got it ${values.length} times`);
      return values[0];
    },
  };
}

/** False for NUL, and for bytes that are no UTF-8, half a surrogate pair among them: neither can be stored. */
function isText(body: string): boolean {
  try {
    return !/[\0\uFFFD]/.test(decodeURIComponent(body));
  } catch {
    return false;
  }
}
