/** What has been heard whole. */
export interface Heard {
  /** Replies in order, each with its lines joined by line feeds. */
  readonly replies: readonly string[];
  /** Set once what came is no reply, or longer than any. */
  readonly fault?: string | undefined;
}

/** Makes replies of what comes over a connection. */
export interface ReplyReader {
  read(chunk: Buffer): Heard;
}

/** RFC 5321 4.5.3.1.5: 512 octets a line; policies are told in some lines more. */
export const longestReply = 64 * 1024;

/** Creates a reader that has heard nothing. Holds no more than one reply of what a server says. */
export function createReplyReader(): ReplyReader {
  let line = '';
  let lines = '';
  return {
    read(chunk) {
      const replies: string[] = [];
      const text = chunk.toString('latin1');
      let start = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        line += text.slice(start, end);
        start = end + 1;
        const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
        line = '';
        if (!/^[2-5]\d\d(?:[ -]|$)/.test(whole)) return { replies, fault: 'server answered out of turn' };
        lines += whole;
        if (whole[3] === '-') lines += '\n';
        else {
          replies.push(inUtf8(lines));
          lines = '';
        }
        if (lines.length > longestReply) return { replies, fault: tooLong };
      }
      line += text.slice(start);
      return lines.length + line.length > longestReply ? { replies, fault: tooLong } : { replies };
    },
  };
}

const tooLong = 'server answered at too great length';

function inUtf8(text: string): string {
  return /[\x80-\xFF]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
}
