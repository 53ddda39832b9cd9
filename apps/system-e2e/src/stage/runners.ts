/** Programs that misbehave, and one that only computes, each as one file of the project `runners`. */
export const runnerFiles: Readonly<Record<string, string>> = {
  // Says something on both streams and fails; with `succeed_at` it succeeds from that attempt on.
  'fail.sh': `
attempt=$COMPUTALOT_ATTEMPT
echo "attempt $attempt speaks"
echo "attempt $attempt complains" >&2
[ -n "$1" ] && [ "$attempt" -ge "$1" ] && { echo "{\\"attempt\\": $attempt}" > "$COMPUTALOT_TASK_RESULT"; exit 0; }
exit 7
`,
  // Ignores SIGTERM and leaves grandchildren in sessions of their own that ignore it too. Arguments: the marker.
  'hang.py': `
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN); time.sleep(3600)"
for _ in range(2):
    subprocess.Popen([sys.executable, "-c", child, sys.argv[1]], start_new_session=True)
print("hanging", flush=True)
time.sleep(3600)
`,
  // Ends well at once but leaves a process behind. Arguments: the marker.
  'orphan.py': `
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)", sys.argv[1]], start_new_session=True,
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
`,
  // Prints exactly the bytes that floodLine() describes. Arguments: number of lines.
  'flood.py': `
import sys
out = sys.stdout.buffer
for start in range(0, int(sys.argv[1]), 4096):
    out.write(b"".join(b"%099d\\n" % n for n in range(start, min(start + 4096, int(sys.argv[1])))))
`,
  // A point of a sweep, a run of a benchmark, or what it was given. One point of the sweep fails.
  'score.py': `
import json, os, random
payload = json.load(open(os.environ["COMPUTALOT_TASK_PAYLOAD"]))
if "_sweep" in payload:
    if (payload["x"], payload["y"]) == (1, 0):
        raise SystemExit("there is nothing at this point")
    result = {"loss": (payload["x"] - 3) ** 2 + payload["y"]}
elif "_benchmark" in payload:
    luck = random.Random(payload["_benchmark"]["seed"]).random()
    result = {"score": payload["skill"] + payload["size"] + luck}
elif "items" in payload:
    result = {"results": [2 * item["x"] for item in payload["items"]]}
else:
    result = {"x": payload["x"]}
json.dump(result, open(os.environ["COMPUTALOT_TASK_RESULT"], "w"))
`,
  // Counts seconds from where its checkpoint left off. Arguments: how far.
  'count.sh': `
file=$COMPUTALOT_CHECKPOINT_DIR/n
from=$(cat "$file" 2>/dev/null || echo 0)
n=$from
while [ "$n" -lt "$1" ]; do
  n=$((n + 1))
  echo "$n" > "$file"
  echo "COMPUTALOT_PROGRESS:{\\"n\\": $n}"
  sleep 1
done
echo "{\\"from\\": $from, \\"n\\": $n}" > "$COMPUTALOT_TASK_RESULT"
`,
  'broken-result.sh': 'echo \'{"accuracy": 0.9\' > "$COMPUTALOT_TASK_RESULT"\n',
  // A map task: its index. Arguments: the attempt from which the tasks 1 and 2 succeed.
  'index.sh': `
case $COMPUTALOT_TASK_INDEX in 1|2) [ "$COMPUTALOT_ATTEMPT" -ge "$1" ] || exit 7;; esac
echo "{\\"n\\": $COMPUTALOT_TASK_INDEX}" > "$COMPUTALOT_TASK_RESULT"
`,
  // A reduce task: the sum of what it finds. Arguments: the attempt from which it succeeds, seconds, marker.
  'total.py': `
import json, os, sys, time
env = os.environ
with open(env["COMPUTALOT_TASK_PAYLOAD"]) as file:
    payload = json.load(file)
with open(env["COMPUTALOT_MAP_RESULTS"]) as file:
    rows = [json.loads(line) for line in file]
time.sleep(float(sys.argv[2]))
if int(env["COMPUTALOT_ATTEMPT"]) < int(sys.argv[1]):
    sys.exit(9)
result = {"n": sum(row["result"]["n"] for row in rows), "read": [row["index"] for row in rows], "reduce": payload["_reduce"]}
with open(env["COMPUTALOT_TASK_RESULT"], "w") as file:
    json.dump(result, file)
`,
  // Works for a while and says which attempt did it. Arguments: seconds, marker.
  'work.sh': 'sleep "$1"; echo "{\\"index\\": $COMPUTALOT_TASK_INDEX}" > "$COMPUTALOT_TASK_RESULT"\n',
};

/** One line of `flood.py`: 100 bytes. */
export const floodLine = (n: number): string => `${String(n).padStart(99, '0')}\n`;
