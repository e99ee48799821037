import cliProgress from 'cli-progress';
import { paceOf, withSample, type SendPace, type SendProgress, type SendSample } from '../src/deliveries/report/send-pace.ts';
import { roughTime } from './account-words.ts';

/** Where a wait shows how far it is, and by which clock. */
export interface SendDisplayPorts {
  /** stderr: what is printed for programs stays clean. */
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly warn: (line: string) => void;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
}

/** Shows how far a send is: a bar on a terminal, else a line now and then. */
export interface SendDisplay {
  update(progress: SendProgress): void;
  /** Says something else meanwhile, on a line of its own. */
  say(line: string): void;
  /** Takes the bar away. */
  close(): void;
}

const lineEveryMs = 10_000;

/** Opens it; nothing is shown before the first update. */
export function createSendDisplay({ stream, warn, monotonic }: SendDisplayPorts): SendDisplay {
  const bar = stream.isTTY ? createBar(stream) : undefined;
  let samples: readonly SendSample[] = [];
  let saidAtMs = monotonic();
  return {
    update(progress) {
      samples = withSample(samples, { ...progress, atMs: monotonic() });
      const pace = paceOf(samples)!;
      if (pace.total === 0) return;
      if (bar) bar.show(pace);
      else if (monotonic() - saidAtMs >= lineEveryMs) {
        saidAtMs = monotonic();
        warn(`${pace.done} of ${pace.total} done${describePace(pace)}`);
      }
    },
    say(line) {
      bar?.hide();
      warn(line);
    },
    close: () => bar?.hide(),
  };
}

/** How fast it goes, and how long it will take: what stands behind the numbers. */
function describePace({ done, total, perSecond, secondsLeft }: SendPace): string {
  if (done === total) return '';
  if (secondsLeft === undefined) return ', nothing went lately';
  const rate = perSecond >= 1 ? `${Math.round(perSecond)} a second` : `${Math.max(1, Math.round(perSecond * 60))} a minute`;
  return `, ${rate}, ${roughTime(secondsLeft)} left`;
}

/** A bar that is drawn again after whatever else was said. */
function createBar(stream: NodeJS.WritableStream): { show(pace: SendPace): void; hide(): void } {
  const bar = new cliProgress.SingleBar({ format: '{bar} {value} of {total}{pace}', clearOnComplete: true, barsize: 30, stream });
  let isShown = false;
  return {
    show(pace) {
      const payload = { pace: describePace(pace) };
      if (!isShown) bar.start(pace.total, pace.done, payload);
      isShown = true;
      bar.setTotal(pace.total);
      bar.update(pace.done, payload);
    },
    hide() {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}
