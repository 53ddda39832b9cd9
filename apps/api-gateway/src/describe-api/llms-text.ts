import { operationsOf, type ApiDocument } from './api-document.js';

/** What an agent needs to use the API: the main path in one screen, then every operation in a line. */
export function llmsText(document: ApiDocument): string {
  const lines = operationsOf(document).map(
    ({ path, method, operation }) => `- ${method.toUpperCase()} ${path}: ${operation.summary}`,
  );
  return `${MAIN_PATH}\n## Every operation\n${lines.join('\n')}\n`;
}

const MAIN_PATH = `# Computalot

> Self-hosted batch compute. Submit a command, a JSON payload and a shape over HTTP; it runs as tasks on workers; read results as JSON.

All routes below take "Authorization: Bearer flk_…". Bodies are JSON in snake_case. Errors are application/problem+json: branch on "code", do what "recommended_action" says.

## The main path
1. POST /api/v1/projects {"name":"p"} and POST /api/v1/projects/p/push with a raw tar.gz body (Content-Type: application/gzip).
   An optional computalot.project.json at its root: {"version":1,"entrypoint":{"command":["python3","run.py"]}}.
2. POST /api/v1/jobs {"project":"p","payload":{"xs":[1,2,3]},"fan_out":{"by":"xs"}} -> 201 with "id".
   fan_out is exactly one of {"by":"field"}, {"items":[{...}]}, {"items_artifact":"art_…"} (an uploaded file of JSON Lines: up to 1,000,000 items), {"chunks":20,"range_field":"n","total":10000}; "batch_size" puts several items in one task.
   Many at once: POST /api/v1/jobs/batch {"jobs":[{...},{...}]} (at most 200); each entry is answered with its job_id or its problem.
   Send an "Idempotency-Key" header with every POST that you might send twice: the same request with the same key is done once, for 24 hours.
   "depends_on":["job_…",{"job_id":"job_…","condition":"terminal"}] waits for other jobs: to be completed (the default), partial (completed or partial)
   or terminal (any end). A job whose dependency ends otherwise fails with the code dependency_failed and the chain of jobs in its message.
3. GET /api/v1/jobs/{id} until "status" is completed, partial, failed or cancelled; or follow GET /api/v1/jobs/{id}/stream (server-sent events).
4. GET /api/v1/results/{id}; all tasks as JSON Lines with "Accept: application/x-ndjson".

## The program
Reads JSON from the path in $COMPUTALOT_TASK_PAYLOAD, writes JSON to the path in $COMPUTALOT_TASK_RESULT, exits 0. Files left in $COMPUTALOT_ARTIFACTS_DIR become artifacts.
A stdout line COMPUTALOT_PROGRESS:{json} becomes "latest_progress".

## Files
POST /api/v1/artifacts with the file as the body (Content-Type: application/octet-stream) and its name in X-Artifact-Filename -> 201 with "id"; at most 2 GB.
GET /api/v1/artifacts lists uploaded files and those of tasks (?job=, ?name=), GET /api/v1/artifacts/{id} downloads one, DELETE removes it.

## Secrets
PUT /api/v1/account/secrets {"name":"TOKEN","value":"…"} once, then name it in a job: "secrets":["TOKEN"]. The program finds it in $TOKEN; in its output it is shown as ***.

## When something went wrong
- GET /api/v1/jobs/{id}/tasks?status=failed: error, exit_code, output and last_failed_attempt of each task.
- GET /api/v1/jobs/{id}/output?task=0&stream=stderr: all of what it wrote.
- "pending_reason" of GET /api/v1/jobs/{id}: why it does not run yet.
- PUT /api/v1/jobs/{id}/cancel: stops it.
- POST /api/v1/jobs/{id}/retry: runs the failed tasks of an ended job again; the job is open again, its "run" one higher.

- DELETE /api/v1/jobs/{id}: removes an ended job and everything of it. The server does so itself when results are older than its retention (30 days).

## Reference
- [OpenAPI 3.1](/openapi.json)
- [Interactive documentation](/docs)
- [Problem codes](/docs/problems)
`;
