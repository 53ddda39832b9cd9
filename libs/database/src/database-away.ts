import { DependencyAway } from '@computalot/kernel';

/** SQLSTATE: connection exceptions, server shutting down or starting, too many connections. */
const POSTGRES_AWAY = /^(08...|57P0[1-5]|53300)$/;
/** pg's own words for a connection that is not there carry no code. */
const PG_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

type Thrown = Error & { readonly code?: string; readonly syscall?: string; readonly errors?: readonly unknown[] };

/**
 * What a statement threw, as {@link DependencyAway} when the server did not get to answer it: it refused the connection or the connection broke.
 * An answer of the server's, whatever else it says, stays as it is.
 */
export function awayOr(error: unknown): unknown {
  return !(error instanceof DependencyAway) && isAway(error) ? new DependencyAway(error) : error;
}

function isAway(error: unknown): error is Thrown {
  if (typeof error !== 'object' || error === null) return false;
  const { code = '', syscall, errors, message } = error as Thrown;
  // `syscall`: of the socket, or of several tried in turn.
  return syscall !== undefined || POSTGRES_AWAY.test(code) || PG_WORDS.test(message) || errors?.some(isAway) === true;
}
