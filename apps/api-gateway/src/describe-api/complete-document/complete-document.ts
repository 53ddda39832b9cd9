import { mapOperations, operationsOf, type ApiDocument, type Schema } from '../api-document.js';
import { closeRequests } from './close-requests.js';
import { headerComponents, withCommonHeaders } from './headers.js';
import { withPathParameters } from './path-parameters.js';
import { problemComponents, withProblemAnswers } from './problem-answers.js';
import { withExamples } from './with-examples.js';
import { withoutNullable } from './without-nullable.js';

/** The document that the decorators give, with what follows from the form of an operation, so that no route has to say it. */
export function completeDocument(raw: ApiDocument): ApiDocument {
  const described = mapOperations(withoutNullable(raw), (placed) => {
    const operation = withProblemAnswers({ ...placed, operation: withPathParameters(placed) });
    return withCommonHeaders(withExamples({ ...placed, operation }));
  });
  const responses = problemComponents(operationsOf(described).map(({ operation }) => operation));
  const components = { ...described.components, headers: headerComponents, responses };
  return withSubmittedFields(closeRequests({ ...described, components }));
}

/** A job repeats its submission: every field that one may have, a job may have, also as the null that was sent. */
function withSubmittedFields(document: ApiDocument): ApiDocument {
  const { Job: job, SubmitJobDto: submission } = document.components.schemas;
  if (!job || !submission) return document;
  const sent = Object.entries(submission.properties as Record<string, Schema>).map(([name, schema]) => [
    name,
    { oneOf: [schema, { type: 'null' }] },
  ]);
  const Job = { ...job, properties: { ...(Object.fromEntries(sent) as object), ...(job.properties as object) } };
  return { ...document, components: { ...document.components, schemas: { ...document.components.schemas, Job } } };
}
