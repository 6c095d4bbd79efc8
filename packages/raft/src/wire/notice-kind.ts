/** The first byte of every notice on the channel. A kind is never used again for another format. */
export const noticeKinds = { parcel: 1, calls: 2, answers: 3, beat: 4, hello: 5 } as const
