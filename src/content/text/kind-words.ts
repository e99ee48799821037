/*
 * The few words of our own that stand in a post, in the post's language: what a frame shows that has no name, and what one does with a recording.
 * A digest's frame has its words in templates; content knows no template.
 */

/** What is named by a word of its kind. */
export type NamelessThing = 'map' | 'form' | 'video' | 'audio';

interface KindWords extends Readonly<Record<NamelessThing, string>> {
  /** Around the title of a recording. */
  readonly listen: readonly [before: string, after: string];
  readonly watch: readonly [before: string, after: string];
  readonly morePictures: string;
}

const english: KindWords = {
  map: 'Map',
  form: 'Form',
  video: 'Video',
  audio: 'Audio',
  listen: ['Listen to “', '”'],
  watch: ['Watch “', '”'],
  morePictures: 'More pictures',
};

const byLanguage: ReadonlyMap<string, KindWords> = new Map<string, KindWords>([
  ['en', english],
  [
    'es',
    {
      map: 'Mapa',
      form: 'Formulario',
      video: 'Vídeo',
      audio: 'Audio',
      listen: ['Escuchar «', '»'],
      watch: ['Ver «', '»'],
      morePictures: 'Más imágenes',
    },
  ],
  [
    'fr',
    {
      map: 'Carte',
      form: 'Formulaire',
      video: 'Vidéo',
      audio: 'Audio',
      listen: ['Écouter «\u00A0', '\u00A0»'],
      watch: ['Regarder «\u00A0', '\u00A0»'],
      morePictures: 'Autres images',
    },
  ],
  [
    'de',
    {
      map: 'Karte',
      form: 'Formular',
      video: 'Video',
      audio: 'Audio',
      listen: ['„', '“ anhören'],
      watch: ['„', '“ ansehen'],
      morePictures: 'Weitere Bilder',
    },
  ],
  [
    'it',
    {
      map: 'Mappa',
      form: 'Modulo',
      video: 'Video',
      audio: 'Audio',
      listen: ['Ascolta «', '»'],
      watch: ['Guarda «', '»'],
      morePictures: 'Altre immagini',
    },
  ],
  [
    'pt',
    {
      map: 'Mapa',
      form: 'Formulário',
      video: 'Vídeo',
      audio: 'Áudio',
      listen: ['Ouvir “', '”'],
      watch: ['Ver “', '”'],
      morePictures: 'Mais imagens',
    },
  ],
  [
    'nl',
    {
      map: 'Kaart',
      form: 'Formulier',
      video: 'Video',
      audio: 'Audio',
      listen: ['Luister naar “', '”'],
      watch: ['Bekijk “', '”'],
      morePictures: 'Meer afbeeldingen',
    },
  ],
  [
    'ar',
    {
      map: 'خريطة',
      form: 'نموذج',
      video: 'فيديو',
      audio: 'تسجيل صوتي',
      listen: ['الاستماع إلى «', '»'],
      watch: ['مشاهدة «', '»'],
      morePictures: 'صور أخرى',
    },
  ],
]);

function wordsFor(language: string | undefined): KindWords {
  return byLanguage.get(language?.split('-', 1)[0]?.toLowerCase() ?? 'en') ?? english;
}

/** The word for a thing that has no name. */
export function kindWord(kind: NamelessThing, language: string | undefined): string {
  return wordsFor(language)[kind];
}

/** What a link to a recording says: `Listen to “An interview”`. */
export function recordingLabel(kind: 'video' | 'audio', title: string, language: string | undefined): string {
  const [before, after] = wordsFor(language)[kind === 'audio' ? 'listen' : 'watch'];
  return `${before}${title}${after}`;
}

/** What a link to pictures that are not shown says. */
export function morePicturesLabel(count: number, language: string | undefined): string {
  return `${wordsFor(language).morePictures} (${count})`;
}
