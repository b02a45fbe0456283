-- One search: a page of it, how many there are, and how many there would be with each filter. Rows of (what, value, number).
-- What nobody confirmed (rules.freshness) stands last.
-- A filter's own counts leave that filter out: `missed` names the one filter that a service fails, and whoever fails two is gone.
WITH asked AS MATERIALIZED (
  SELECT entry.service_id, entry.title, entry.kind, entry.gender, entry.price, entry.languages, entry.easements,
         CASE WHEN %(query)s = '' THEN 0 ELSE ts_rank(entry.document, %(query)s::tsquery) END AS fits,
         CASE WHEN %(province)s = '' THEN CASE WHEN entry.kind = %(helpline)s THEN 2 ELSE 0 END + entry.nationwide::int
              WHEN %(district)s = ANY(entry.districts) THEN 3
              WHEN %(province)s = ANY(entry.provinces) THEN 2
              ELSE 1 END AS near,
         coalesce(entry.checked_on + coalesce((%(cycles)s::jsonb ->> entry.kind)::int, %(long)s) + %(grace)s
                  <= %(today)s::date, true) AS unconfirmed,
         entry.active AND (
           (clock.local::date <> ALL(entry.apart) AND (
              entry.week @> ((extract(isodow FROM clock.local)::int - 1) * 2880 + clock.minute)
              OR entry.seasonal AND EXISTS (
                SELECT FROM directory_serviceschedule hours
                 WHERE hours.page_id = entry.service_id AND hours.weekday = extract(isodow FROM clock.local)
                   AND coalesce(hours.valid_from <= clock.local::date, true) AND coalesce(hours.valid_to >= clock.local::date, true)
                   AND (hours.all_day OR hours.opens <= clock.local::time
                        AND (hours.closes <= hours.opens OR clock.local::time < hours.closes)))))
           OR ((clock.local::date - 1) <> ALL(entry.apart) AND (
              entry.week @> (mod(extract(isodow FROM clock.local)::int + 5, 7) * 2880 + 1440 + clock.minute)
              OR entry.seasonal AND EXISTS (
                SELECT FROM directory_serviceschedule hours
                 WHERE hours.page_id = entry.service_id AND hours.weekday = extract(isodow FROM clock.local - interval '1 day')
                   AND coalesce(hours.valid_from <= clock.local::date - 1, true)
                   AND coalesce(hours.valid_to >= clock.local::date - 1, true)
                   AND hours.closes <= hours.opens AND clock.local::time < hours.closes)))
           OR entry.special @> clock.local) AS open_now
    FROM directory_entry entry
   CROSS JOIN LATERAL (SELECT %(now)s::timestamp + entry.hours_ahead * interval '1 hour' AS local,
     (extract(epoch FROM (%(now)s::timestamp + entry.hours_ahead * interval '1 hour')::time) / 60)::int AS minute) AS clock
   WHERE (%(query)s = '' OR entry.document @@ %(query)s::tsquery)
     AND (%(province)s = '' OR entry.nationwide OR entry.provinces @> ARRAY[%(province)s]::varchar[])
     AND (%(district)s = '' OR entry.nationwide OR entry.wide @> ARRAY[%(province)s]::varchar[]
          OR entry.districts @> ARRAY[%(district)s]::varchar[])
     AND (%(age)s::int IS NULL OR %(age)s::int BETWEEN entry.youngest AND entry.oldest)
), judged AS MATERIALIZED (
  SELECT asked.*, missed
    FROM asked
   CROSS JOIN LATERAL (SELECT
     CASE WHEN %(kind)s <> '' AND kind <> %(kind)s THEN 'n' ELSE '' END
     || CASE WHEN %(gender)s <> '' AND gender NOT IN ('', %(gender)s) THEN 'g' ELSE '' END
     || CASE WHEN %(language)s <> '' AND %(language)s <> ALL(languages) THEN 'l' ELSE '' END
     || CASE WHEN %(ease)s <> '' AND %(ease)s <> ALL(easements) THEN 'e' ELSE '' END
     || CASE WHEN %(cost)s <> '' AND price <> 'f' AND price <> %(cost)s THEN 'c' ELSE '' END
     || CASE WHEN %(open)s AND NOT open_now THEN 'o' ELSE '' END AS missed) AS failing
   WHERE length(missed) < 2
), shown AS (
  SELECT service_id, row_number() OVER () AS place FROM (
    SELECT service_id FROM judged WHERE missed = ''
     ORDER BY unconfirmed, near DESC, fits DESC, title, service_id LIMIT %(limit)s OFFSET %(offset)s) AS best
)
SELECT 'page' AS what, service_id::text AS value, place AS number FROM shown
UNION ALL SELECT 'total', '', count(*) FROM judged WHERE missed = ''
UNION ALL SELECT 'n', kind, count(*) FROM judged WHERE missed IN ('', 'n') GROUP BY kind
UNION ALL SELECT 'l', code, count(*) FROM judged, unnest(languages) AS code WHERE missed IN ('', 'l') GROUP BY code
UNION ALL SELECT 'e', code, count(*) FROM judged, unnest(easements) AS code WHERE missed IN ('', 'e') GROUP BY code
UNION ALL SELECT 'g', code, count(*) FROM judged JOIN unnest(ARRAY['g', 'b']) AS code ON gender IN ('', code)
  WHERE missed IN ('', 'g') GROUP BY code
UNION ALL SELECT 'c', code, count(*) FROM judged JOIN unnest(ARRAY['f', 'i']) AS code ON price IN ('f', code)
  WHERE missed IN ('', 'c') GROUP BY code
UNION ALL SELECT 'o', '1', count(*) FROM judged WHERE open_now AND missed IN ('', 'o')
