/** How many lines a list shows where nobody says how many. */
export const listLimits = { deliveries: 100, editions: 30, events: 50, log: 50, posts: 50, received: 10, subscribers: 100 } as const;
