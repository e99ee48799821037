import type { DigestModel, DigestPost } from '../../src/render/digest.ts';

const research = { slug: 'research', name: 'Research' };
const leadership = { slug: 'leadership-development', name: 'Leadership Development' };
const classrooms = { slug: 'classrooms', name: 'Classrooms' };

const essay: DigestPost = {
  position: 101n,
  title: 'What a quiet library taught us about tutoring',
  url: 'https://lanternschools.example/what-a-quiet-library-taught-us',
  authors: ['Ana Ruiz'],
  publishedAt: new Date('2025-11-18T09:00:00Z'),
  html: `
<p>In the autumn of last year we closed the tutoring room of a school in the hills above Granada for six weeks, because the roof leaked. The tutors moved into the library, between the atlases and the one good radiator, and something happened that no one had planned: <a href="https://lanternschools.example/attendance">attendance rose by a third</a>.</p>
<p>Nobody had changed the timetable, the tutors or the books. What had changed was that the tutoring could be seen. Children who would never have walked down the corridor to the “help room” drifted over from the comics shelf, listened for a while, and sat down.</p>
<h2>What we measured</h2>
<p>${'We followed two hundred and twelve pupils through the spring, in four schools with a library corner and four without, and asked the same plain questions every Friday afternoon. '.repeat(9)}</p>
<figure><img src="https://lanternschools.example/images/chart.png" alt="Attendance by week" width="1200" height="600"><figcaption>Attendance by week, 2024 and 2025.</figcaption></figure>
<p>${'None of this makes tutoring cheaper. It makes it visible, and visibility turned out to be worth more than a second tutor. '.repeat(8)}</p>`,
  summary:
    'When a leaking roof drove our tutors into the library, attendance rose by a third. A year of figures from eight schools says why.',
  readingMinutes: 9,
  topic: research,
  image: {
    url: 'https://lanternschools.example/images/library.png',
    alt: 'Two children and a tutor at a library table',
    width: 1600,
    height: 900,
  },
  attachments: [],
};

const workingPapers: DigestPost = {
  position: 102n,
  title: 'Two working papers on reading aloud',
  url: 'https://lanternschools.example/two-working-papers',
  authors: ['Tom Hill', 'Li Wei'],
  publishedAt: new Date('2025-11-14T09:00:00Z'),
  html: `<p>The first paper looks at mixed-age classes, where the older pupils read to the younger for ten minutes a day. The gains are small, steady and, unusually, still there two years later.</p>
<p>The second asks what teachers do with the ten minutes they lose. It is short, honest about its sample of nineteen, and the better read of the two.</p>`,
  summary: 'Small, steady gains, and what teachers make of the time.',
  readingMinutes: 1,
  topic: research,
  attachments: [
    {
      url: 'https://lanternschools.example/papers/wp-31.pdf',
      title: 'Working paper 31: Reading aloud in mixed-age classes',
      mediaType: 'application/pdf',
      lengthBytes: 1_240_000,
      afterBlock: 1,
    },
    {
      url: 'https://lanternschools.example/papers/wp-32.pdf',
      title: 'Working paper 32: The ten minutes teachers lose',
      mediaType: 'application/pdf',
      lengthBytes: 486_000,
      afterBlock: 2,
    },
  ],
};

const course: DigestPost = {
  position: 103n,
  title: 'Applications open for the spring course for new heads',
  url: 'https://lanternschools.example/spring-course',
  authors: [],
  publishedAt: new Date('2025-11-17T09:00:00Z'),
  html: `<p>Twelve places, six weekends, one visit to a school unlike your own. The course is for people in their first or second year as a head, and it costs nothing but the train.</p>
<ul><li>Applications close on <strong>12 December</strong>.</li><li>The first weekend is 17 and 18 January in Córdoba.</li><li>Questions go to <a href="mailto:courses@lanternschools.example">the course office</a>.</li></ul>`,
  summary: 'Twelve places, six weekends, one visit to a school unlike your own.',
  readingMinutes: 1,
  topic: leadership,
  attachments: [],
};

const quotation: DigestPost = {
  position: 104n,
  title: 'I stopped asking who was behind and started asking who had not been asked.',
  url: 'https://lanternschools.example/said-in-a-staff-room',
  authors: [],
  publishedAt: new Date('2025-11-12T09:00:00Z'),
  html: '<blockquote><p>I stopped asking who was behind and started asking who had not been asked. The list was shorter, and it had my name on it.</p></blockquote><p>A deputy head in Almería</p>',
  summary: '',
  readingMinutes: 1,
  topic: leadership,
  attachments: [],
};

const guidebook: DigestPost = {
  position: 105n,
  title: 'A guidebook for the first hundred days',
  url: 'https://lanternschools.example/first-hundred-days',
  authors: ['Marta Oliva'],
  publishedAt: new Date('2023-09-04T09:00:00Z'),
  html: '<p>Revised, shorter by a third, and with a chapter on the people whom a new head meets last: the cook, the bus driver, the neighbour with the dog.</p>',
  summary: 'Revised, and shorter by a third.',
  readingMinutes: 1,
  topic: leadership,
  image: { url: 'https://lanternschools.example/images/guidebook.png', alt: '', width: 1200, height: 640 },
  attachments: [
    {
      url: 'https://lanternschools.example/files/first-hundred-days_2nd-edition.pdf',
      title: '',
      mediaType: 'application/pdf',
      lengthBytes: 3_870_000,
    },
  ],
};

const notebook: DigestPost = {
  position: 106n,
  title: 'A notebook lesson in four drawings',
  url: 'https://lanternschools.example/notebook-lesson',
  authors: ['Jonas Berg'],
  html: '<p>Draw the yard. Draw it again from memory. Draw what you left out. Now write one sentence about the difference: that is the lesson, and it takes twenty minutes.</p><p>Try it with nine-year-olds first; adults argue.</p>',
  summary: 'Draw the yard, then draw what you left out.',
  readingMinutes: 1,
  topic: classrooms,
  attachments: [],
};

const assembly: DigestPost = {
  position: 107n,
  title: 'An assembly without a microphone',
  url: 'https://lanternschools.example/assembly',
  authors: ['Ana Ruiz', 'Jonas Berg'],
  publishedAt: new Date('2025-11-10T09:00:00Z'),
  html: `<p>The microphone broke on the first Monday of term, and the caretaker said that a new one would take a month. So for a month the school in Lucena held its assembly standing in a ring, and whoever wished to be heard had to wait until it was quiet enough.</p><p>${'By the third week the eight-year-olds had learned to wait, which no microphone had ever taught them. '.repeat(16)}</p>`,
  summary: 'What a broken microphone did for a Monday assembly.',
  readingMinutes: 4,
  topic: classrooms,
  attachments: [],
};

/** A digest as a small education non-profit might send it: essays, notices, papers, a quotation, an old post and one without a date. */
export const exampleDigest: DigestModel = {
  newsletter: {
    slug: 'lantern',
    name: 'The Lantern',
    senderName: 'Lantern Schools',
    postalAddress: 'Lantern Schools, 14 Calle del Agua, 18010 Granada, Spain',
    colour: '#1f5f8b',
    siteUrl: 'https://lanternschools.example/',
  },
  language: 'en',
  template: 'digest',
  editionDate: new Date('2025-11-21T07:00:00Z'),
  timeZone: 'Europe/Madrid',
  note: 'This Friday’s edition is longer than usual: the spring course is open, and the library study is finished at last.',
  posts: [essay, workingPapers, course, quotation, guidebook, notebook, assembly],
  alsoPublished: [
    {
      ...notebook,
      position: 108n,
      title: 'School meals: the winter menu',
      url: 'https://lanternschools.example/menu',
      publishedAt: new Date('2025-11-05T09:00:00Z'),
    },
    {
      ...notebook,
      position: 109n,
      title: 'Minutes of the October meeting',
      url: 'https://lanternschools.example/minutes',
      publishedAt: new Date('2025-10-30T09:00:00Z'),
    },
  ],
  corrections: [
    {
      position: 110n,
      title: 'How many pupils walk to school',
      url: 'https://lanternschools.example/walking',
      note: 'the share is 41 per cent, not 14.',
    },
  ],
  archiveUrl: 'https://lanternschools.example/archive/lantern/12',
  restUrl: 'https://lanternschools.example/archive/lantern/12/posts',
  feedUrl: 'https://lanternschools.example/feeds/lantern.atom',
};

/** The same digest in another language: the posts stay as they are, dates and phrases change. */
export function exampleDigestIn(language: string, template = 'digest'): DigestModel {
  return { ...exampleDigest, language, template };
}
