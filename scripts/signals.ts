/** Ctrl-C, a service manager's stop, and a terminal that was closed. Each asks for the same: an end in good order. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The signals that ask this process to end. */
export interface Signals {
  /** From the first call on they no longer end the process but resolve the promise; a second one ends it. */
  readonly stopSignal: () => Promise<void>;
  /** Resolves like `stopSignal`, without asking for it. */
  readonly stopped: Promise<void>;
  forget(): void;
}

/** Listens from the first time that a command asks for it until `forget`. */
export function listenForSignals(): Signals {
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = () => {
      // Whoever asks twice does not want to wait: the second of these ends the process at once. A terminal that closes may hang up beside anything else.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop);
      resolve();
    };
  });
  let isListening = false;
  return {
    stopped,
    stopSignal() {
      if (!isListening) for (const signal of stopSignals) process.on(signal, stop);
      isListening = true;
      return stopped;
    },
    forget() {
      for (const signal of stopSignals) process.removeListener(signal, stop);
    },
  };
}
