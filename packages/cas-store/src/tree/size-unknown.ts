/** The size of a wanted chunk of which it is not known: whatever it has is right. */
export const sizeUnknown = -1
