/** All values at a path, lists on the way opened; none where the path leads nowhere. */
export function valuesAt(value: unknown, fieldPath: string): unknown[] {
  let values: unknown[] = [value];
  for (const name of fieldPath.split('.')) {
    values = values
      .flatMap((holder) => members(holder))
      .flatMap((holder) =>
        typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name) ? [(holder as Record<string, unknown>)[name]] : [],
      );
  }
  return values.flatMap((found) => members(found));
}

function members(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
