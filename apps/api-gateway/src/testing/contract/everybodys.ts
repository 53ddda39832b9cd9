/** Recipes belong to the installation: every account sees the same. */
export const isEverybodys = (path: string): boolean => path.startsWith('/api/v1/recipes');
