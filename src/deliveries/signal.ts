/** Lets code wait for a condition over plain state; whoever changes the state says so. */
export interface Signal {
  changed(): void;
  until(condition: () => boolean): Promise<void>;
}

/** Creates a signal that nobody waits for yet. */
export function createSignal(): Signal {
  const waiting = new Set<{ readonly condition: () => boolean; readonly resolve: () => void }>();
  return {
    changed() {
      for (const waiter of waiting) {
        if (!waiter.condition()) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    },
    async until(condition) {
      if (condition()) return;
      await new Promise<void>((resolve) => waiting.add({ condition, resolve }));
    },
  };
}
