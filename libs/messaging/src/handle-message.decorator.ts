import type { MessageDefinition, QueueName } from '@computalot/contracts';
import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { HandlerOf } from './handle-message.js';
import { handlerKeyOf } from './message-catalogue.js';

/** Nest's own filter replaces an unknown error by "Internal server error"; the retry decision and the dead letter want the real one. */
@Catch()
class KeepHandlerError implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Marks a controller's method as the handler of a message: a `BatchHandler` of its bodies, or of `OutgoingEvent`s when the definition is a
 * public event; then `queue` says which of the queues bound to it the handler reads, where there are several. One handler per message, queue and
 * process; `listen` refuses to start otherwise.
 */
export function HandleMessage<M extends MessageDefinition>(
  definition: M,
  queue?: QueueName,
): <F extends HandlerOf<M>>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<F>) => void {
  const mark = applyDecorators(
    EventPattern<string>(handlerKeyOf(definition, queue)),
    UseFilters(new KeepHandlerError()),
  );
  return (target, key, descriptor) => mark(target, key, descriptor as TypedPropertyDescriptor<unknown>);
}
