import { InvalidInputError } from '../../../kernel/errors.ts';
import { importFields, type ImportField, type ImportFileOptions } from '../import-row.ts';
import { plainWords } from './plain-words.ts';

/** Column numbers from 0 by what they are. A file may have several columns of labels. */
export interface ColumnMapping {
  readonly fields: ReadonlyMap<ImportField, number>;
  readonly labelColumns: readonly number[];
  /** What is called the name may be one half of it, and another column the other. */
  readonly isHalfName: boolean;
}

/** What people and programs call a column, in the languages that we speak. Plain words: no case, accent or hyphen. */
const names: Readonly<Record<ImportField, string>> = {
  address: `email, e mail, mail, email address, e mail address, mail address, emailaddress, address, subscriber, subscriber email, email id, contact email, primary email, user email, correo, correo electronico,
    direccion de correo, direccion de correo electronico, direccion de email, adresse e mail, adresse email, adresse mail, adresse electronique, adresse de messagerie, adresse courriel, courriel, mel, e mail adresse, email adresse,
    mailadresse, mail adresse, adresse, e mailadresse, emailadresse, email adres, e mail adres, e mailadres, emailadres, mailadres, indirizzo email, indirizzo e mail, indirizzo di posta elettronica, posta elettronica,
    endereco de email, endereco de e mail, endereco email, endereco eletronico, correio eletronico, البريد الالكتروني, البريد الإلكتروني, بريد الكتروني, بريد إلكتروني, عنوان البريد الالكتروني, عنوان البريد الإلكتروني, الايميل, ايميل`,
  name: `name, full name, fullname, display name, your name, contact name, subscriber name, nombre completo, nombre y apellidos, nom complet, nom et prenom, prenom et nom, vor und nachname, voller name, vollstandiger name, nome completo,
    nome e cognome, volledige naam, naam, nome, nombre, nom, الاسم, اسم, الاسم الكامل`,
  first_name:
    'first name, firstname, fname, given name, forename, vorname, prenom, nombre de pila, primer nombre, primeiro nome, nome proprio, voornaam, الاسم الاول, الاسم الأول',
  last_name:
    'last name, lastname, lname, surname, family name, nachname, familienname, nom de famille, apellido, apellidos, cognome, apelido, sobrenome, ultimo nome, achternaam, اسم العائلة, الاسم الاخير, الاسم الأخير',
  status: `status, state, subscription status, subscriber status, email status, email marketing status, marketing status, contact status, member status, list status, abonnement status, estado, estado de la suscripcion,
    statut, etat, stato, situacao, zustand, الحالة, حالة, email subscription, email subscription status, email subscriber status, newsletter status,
    newsletter subscription status, subscribed, opted in, opt in, is subscribed`,
  consent_at: `consent at, confirmed at, confirm time, confirmation time, confirmation date, date confirmed, confirmed on, confirmed, optin time, opt in time, opt in date, optin date, opted in at, consent date, consent time, date of consent,
    double opt in date, bestatigt am, einwilligung am, confirmado el, date de confirmation, confirme le, data di conferma, data de confirmacao, bevestigd op`,
  consent_ip: 'confirm ip, confirmed ip, optin ip, opt in ip, consent ip, confirmation ip',
  labels: `tags, tag, labels, label, groups, group, segments, lists, list, topics, topic, interests, categories, etiquetas, etiquettes, etiquette, gruppen, gruppe, schlagworte, themen, thema, liste, grupos, grupo, temas, tema, groupes, groupe, themes, theme, listes, etichette, gruppi, gruppo,
    topicos, topico, listas, lista, groepen, groep, onderwerpen, onderwerp, lijsten, lijst, labels names, tag names, الوسوم, المجموعات, الوسم, المجموعة`,
  language: 'language, lang, locale, preferred language, sprache, idioma, langue, lingua, taal, اللغة',
  format: 'format, email format, email type, preferred format',
};

const fieldByName: ReadonlyMap<string, ImportField> = new Map(
  importFields.flatMap((field) => names[field].split(',').map((name) => [plainWords(name), field] as const)),
);

/** Which column is what: what was said, what an earlier file of this form was told, then what the header calls it. @throws InvalidInputError for a column that is not there */
export function mapColumns(header: readonly string[], options: Pick<ImportFileOptions, 'columns' | 'remembered'>): ColumnMapping {
  const fields = new Map<ImportField, number>();
  const taken = (index: number): boolean => [...fields.values()].includes(index);
  for (const field of importFields) {
    const said = options.columns?.[field];
    if (said !== undefined) fields.set(field, columnOf(header, said, field));
  }
  for (const field of importFields) {
    const before = options.remembered?.[field];
    const index = before === undefined ? -1 : findColumn(header, before);
    if (index !== -1 && !fields.has(field) && !taken(index)) fields.set(field, index);
  }
  const labelColumns = fields.has('labels') ? [fields.get('labels')!] : [];
  header.forEach((name, index) => {
    const field = fieldByName.get(plainWords(name));
    if (field === undefined || taken(index)) return;
    if (field === 'labels' && options.columns?.labels === undefined) labelColumns.push(index);
    if (!fields.has(field)) fields.set(field, index);
  });
  return {
    fields: betterConfirmation(header, fields, options),
    labelColumns: [...new Set(labelColumns)],
    isHalfName: isHalfName(header, fields, options),
  };
}

const bareNames: ReadonlySet<string> = new Set(['name', 'naam', 'nom', 'nome', 'nombre', 'الاسم', 'اسم'].map(plainWords));

/** A bare "Nom" beside "Prénom" is the last name, and "Nombre" beside "Apellidos" the first; a full name is whole. */
function isHalfName(
  header: readonly string[],
  fields: ReadonlyMap<ImportField, number>,
  { columns, remembered }: Pick<ImportFileOptions, 'columns' | 'remembered'>,
): boolean {
  if (columns?.name !== undefined || remembered?.name !== undefined) return false;
  const name = header[fields.get('name') ?? -1] ?? '';
  return fields.has('first_name') !== fields.has('last_name') && bareNames.has(plainWords(name));
}

/** Of several times and IPs the one of the confirmation says more than the one of the form before it. */
function betterConfirmation(
  header: readonly string[],
  fields: Map<ImportField, number>,
  options: Pick<ImportFileOptions, 'columns'>,
): ReadonlyMap<ImportField, number> {
  const better = { consent_at: 'confirm time', consent_ip: 'confirm ip' } as const;
  for (const [field, name] of Object.entries(better) as ['consent_at' | 'consent_ip', string][]) {
    const index = header.findIndex((column) => plainWords(column) === name);
    if (index !== -1 && options.columns?.[field] === undefined) fields.set(field, index);
  }
  return fields;
}

function columnOf(header: readonly string[], said: string, field: ImportField): number {
  const index = findColumn(header, said);
  if (index !== -1) return index;
  const shown = header.slice(0, 30).map((name) => `"${name.slice(0, 40)}"`);
  throw new InvalidInputError(`Expected a column of the file for ${field}, got "${said}"; it has ${shown.join(', ')}`);
}

function findColumn(header: readonly string[], said: string): number {
  const exact = header.findIndex((name) => name.trim() === said.trim());
  if (exact !== -1) return exact;
  const alike = header.findIndex((name) => plainWords(name) !== '' && plainWords(name) === plainWords(said));
  if (alike !== -1) return alike;
  const number = /^\d{1,4}$/.test(said.trim()) ? Number(said) - 1 : -1;
  return number < header.length ? number : -1;
}
