/** In the order in which they are done. One that was released is never changed: add another. */
export const migrations: readonly string[] = [
  `CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Counts the starts of this node, from 1.
    life INTEGER NOT NULL CHECK (life >= 1),
    type TEXT NOT NULL,
    -- Milliseconds since 1970 by this machine's calendar, which may jump.
    wall_ms INTEGER NOT NULL,
    -- Of the Flotilla that wrote the row.
    version TEXT NOT NULL
  ) STRICT`,
]
