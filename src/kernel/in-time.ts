/**
 * What `work` comes to, or what `late` says once it has taken longer than the limit: a connection may carry nothing any more without coming to an
 * end. Work that is late goes on, and may fail with nobody listening. @throws what the work throws in time, or what `late` throws
 */
export async function inTime<T, Late>(limitMs: number, work: Promise<T>, late: () => Late): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined;
  const isLate = Symbol('late');
  const limit = new Promise<typeof isLate>((resolve) => {
    timer = setTimeout(() => resolve(isLate), limitMs);
  });
  try {
    const first = await Promise.race([work, limit]);
    return first === isLate ? late() : first;
  } finally {
    clearTimeout(timer);
  }
}
