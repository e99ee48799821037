/** A text that may end with a full stop, as a sentence of a longer text; '' stays ''. */
export function withFullStop(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}
