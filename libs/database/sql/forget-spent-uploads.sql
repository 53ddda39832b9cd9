-- Nothing is left of what arrived of the uploads $1.
DELETE FROM uploads WHERE artifact_id = ANY ($1::uuid[]) AND signed_until < now()
