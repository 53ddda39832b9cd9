const OPERATORS = '/api/v1/admin';
const ADMINS = ['/api/v1/account/keys', '/api/v1/account/webhook-secret'];

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

/** What administers the installation. */
export const isOperatorPath = (path: string): boolean => isBelow(path, OPERATORS);

/** What needs a key with the role admin, to read too. */
export const isAdminPath = (path: string): boolean =>
  isOperatorPath(path) || ADMINS.some((root) => isBelow(path, root));
