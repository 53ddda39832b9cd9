import type { MessageDefinition } from '@computalot/contracts';
import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { HandlerOf } from './handle-message.js';

/** Nest's own filter replaces an unknown error by "Internal server error"; the retry decision and the dead letter want the real one. */
@Catch()
class KeepHandlerError implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Marks a controller's method as the handler of a message: a `BatchHandler` of its bodies, or of `OutgoingEvent`s when the definition is a
 * public event. One handler per message and process; `listen` refuses to start otherwise.
 */
export function HandleMessage<M extends MessageDefinition>(
  definition: M,
): <F extends HandlerOf<M>>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<F>) => void {
  const mark = applyDecorators(EventPattern<string>(definition.type), UseFilters(new KeepHandlerError()));
  return (target, key, descriptor) => mark(target, key, descriptor as TypedPropertyDescriptor<unknown>);
}
