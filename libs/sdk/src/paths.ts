/** Path of the API from its segments. */
export const at = (...path: readonly string[]) => `/api/v1/${path.map(encodeURIComponent).join('/')}`;
