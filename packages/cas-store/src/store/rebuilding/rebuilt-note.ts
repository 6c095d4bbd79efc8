/** When the catalogue was made anew without its blobs, in milliseconds since 1970: others have to say what there is. */
export const rebuiltNote = 'store/rebuilt-at'
