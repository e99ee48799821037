import { placeholderMark } from '../../src/content/text/placeholder.ts';

const words = 'A school that listens to its teachers keeps them, and their pupils notice it first: in Düsseldorf as in Córdoba.';
const cell = 'margin:0 0 16px 0;font-family:Georgia,serif;font-size:17px;line-height:1.5;color:#222222';

/** A digest as it is stored: with its encoding 36 to 40 KB, and what is personal in five places. */
export const specimenMessage = {
  subject: 'What we learned this week, and nine more posts',
  html: `<!doctype html><html lang="en"><head><title>What we learned</title></head><body><p>Dear ${placeholderMark('reader.name')},</p>${`<p style="${cell}">${words}</p>`.repeat(140)}<p>You get this at ${placeholderMark('reader.address')}. <a href="${placeholderMark('links.unsubscribe')}">Leave</a> <a href="${placeholderMark('links.preferences')}">Choose</a></p></body></html>`,
  text: `Dear ${placeholderMark('reader.name')},\n\n${`${words}\n\n`.repeat(24)}You get this at ${placeholderMark('reader.address')}.\nLeave: ${placeholderMark('links.unsubscribe')}\n`,
} as const;
