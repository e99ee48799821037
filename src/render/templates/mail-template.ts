import { z } from 'zod';
import type { ParsedTemplate } from './liquid.ts';

const colour = z.string().regex(/^#[0-9a-f]{6}$/, 'Expected a colour such as #1b1c1f');

/** The shape of template.json: what a template decides outside its Liquid. */
export const templateSettingsShape = z.strictObject({
  title: z.string(),
  description: z.string().default(''),
  /** Width of the text column in pixels: no picture is wider. */
  columnWidth: z.int().min(240).max(800),
  /** Posts up to so many words stand in full, longer ones with a lead. */
  fullWords: z.int().min(0),
  /** About how long a lead is. */
  leadWords: z.int().min(20),
  /** Whether the template shows a post's picture above its text; else one that the text has stays where it stands there. */
  picturesAbove: z.boolean().default(true),
  /** What text stands on, light and dark: the accent colour is made to contrast with both. */
  grounds: z.strictObject({ light: colour, dark: colour }),
  /** Inline css for the elements of a post; `$accent` stands for the accent colour, `quotation` for a post that is only a quotation. */
  content: z.record(
    z.string().regex(/^(?:[a-z][a-z0-9]*)$/),
    z.string().regex(/^[^"<>{}]*$/, 'Expected plain css without quotes, braces or angle brackets'),
  ),
});

/** What a template decides outside its Liquid. */
export type TemplateSettings = z.infer<typeof templateSettingsShape>;

/** The files of a template's folder. */
export const templateFiles = {
  settings: 'template.json',
  mjml: 'digest.mjml.liquid',
  text: 'digest.txt.liquid',
  subject: 'subject.liquid',
  preheader: 'preheader.liquid',
} as const;

/** One folder of templates/mail, parsed. */
export interface MailTemplate {
  readonly name: string;
  readonly settings: TemplateSettings;
  readonly mjml: ParsedTemplate;
  readonly text: ParsedTemplate;
  readonly subject: ParsedTemplate;
  readonly preheader: ParsedTemplate;
}
