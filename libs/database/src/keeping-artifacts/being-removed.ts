/** Earlier bytes of the same content are on their way out: to be asked again in a moment. */
export interface BeingRemoved {
  readonly kind: 'being_removed';
}

/** What the trigger `refuse_content_on_its_way_out` throws. */
const SQLSTATE = '55006';

/** What `announce` gives, or that its content cannot be announced now. */
export async function unlessBeingRemoved<T>(announce: () => Promise<T>): Promise<T | BeingRemoved> {
  try {
    return await announce();
  } catch (error) {
    if ((error as { code?: string }).code === SQLSTATE) return { kind: 'being_removed' };
    throw error;
  }
}
