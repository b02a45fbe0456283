-- The search's rows for %(listed)s (ids of listed services), and the words that occur in them.
-- %(kinds)s: {"c4": [Indonesian, English]}; %(places)s: {"ID-JB": [name, hours ahead of UTC]}.
WITH given AS (
  SELECT page.id, page.title, service.*, organization_page.title AS provider_title,
         organization.title_en AS provider_title_en, organization.alternate_name AS provider_alternate_name,
         organization.province AS provider_province
    FROM wagtailcore_page page
    JOIN directory_servicepage service ON service.page_ptr_id = page.id
    JOIN wagtailcore_page organization_page ON organization_page.path = left(page.path, -4)
    JOIN directory_providerpage organization ON organization.page_ptr_id = organization_page.id
   WHERE page.id = ANY(%(listed)s)
), area AS (
  SELECT page_id,
         bool_or(nationwide) AS nationwide,
         array_agg(DISTINCT province) FILTER (WHERE province <> '') AS provinces,
         array_agg(DISTINCT district) FILTER (WHERE district <> '') AS districts,
         array_agg(DISTINCT province) FILTER (WHERE province <> '' AND district = '') AS wide,
         string_agg(DISTINCT concat_ws(' ', district, %(places)s::jsonb -> province ->> 0), ' ') AS names,
         CASE WHEN count(DISTINCT province) = 1 THEN min(province) ELSE '' END AS only_province
    FROM directory_servicearea WHERE page_id = ANY(%(listed)s) GROUP BY page_id
), hours AS (
  SELECT page_id, opens, closes, all_day, (weekday - 1) * 2880 AS begins, valid_from IS NULL AND valid_to IS NULL AS weekly
    FROM directory_serviceschedule WHERE page_id = ANY(%(listed)s)
), week AS (
  SELECT page_id,
         range_agg(CASE WHEN all_day THEN int4range(begins, begins + 1440)
           ELSE int4range(begins + (extract(epoch FROM opens) / 60)::int,
                          begins + (extract(epoch FROM closes) / 60)::int + CASE WHEN closes <= opens THEN 1440 ELSE 0 END)
           END) FILTER (WHERE weekly) AS week,
         bool_or(NOT weekly) AS seasonal
    FROM hours GROUP BY page_id
), special AS (
  SELECT page_id,
         array_agg(DISTINCT day) AS apart,
         range_agg(CASE WHEN all_day THEN tsrange(day, day + 1)
           ELSE tsrange(day + opens, day + closes + CASE WHEN closes <= opens THEN interval '1 day' ELSE interval '0' END)
           END) FILTER (WHERE NOT closed) AS special
    FROM directory_servicespecialday WHERE page_id = ANY(%(listed)s) GROUP BY page_id
), spoken AS (
  SELECT page_id, array_agg(DISTINCT code) AS codes
    FROM directory_servicelanguage WHERE page_id = ANY(%(listed)s) GROUP BY page_id
), eased AS (
  SELECT page_id, array_agg(DISTINCT code) AS codes
    FROM directory_serviceease WHERE page_id = ANY(%(listed)s) GROUP BY page_id
), said AS (
  SELECT given.*,
         concat_ws(' ', given.title, given.alternate_name) AS name_id,
         given.title_en AS name_en,
         concat_ws(' ', %(kinds)s::jsonb -> given.kind ->> 0, provider_title, provider_alternate_name) AS about_id,
         concat_ws(' ', %(kinds)s::jsonb -> given.kind ->> 1, provider_title_en) AS about_en,
         concat_ws(' ', description, eligibility, application, requirements, product, cost) AS text_id,
         concat_ws(' ', description_en, eligibility_en, application_en, requirements_en, product_en, cost_en) AS text_en,
         coalesce(area.names, '') AS places,
         coalesce(area.nationwide, false) AS nationwide,
         coalesce(area.provinces, '{}') AS provinces, coalesce(area.districts, '{}') AS districts,
         coalesce(area.wide, '{}') AS wide,
         coalesce(nullif(given.province, ''), nullif(provider_province, ''), nullif(area.only_province, ''), 'ID-JK') AS clock
    FROM given LEFT JOIN area ON area.page_id = given.id
), kept AS (
  INSERT INTO directory_entry (service_id, document, title, kind, youngest, oldest, gender, price, languages, easements,
    nationwide, provinces, districts, wide, active, hours_ahead, week, apart, special, seasonal, checked_on)
  SELECT said.id,
         setweight(to_tsvector('indonesian', name_id), 'A') || setweight(to_tsvector('english', name_en), 'A')
           || setweight(to_tsvector('indonesian', about_id), 'B') || setweight(to_tsvector('english', about_en), 'B')
           || setweight(to_tsvector('indonesian', text_id), 'C') || setweight(to_tsvector('english', text_en), 'C')
           || setweight(to_tsvector('indonesian', places), 'D') || setweight(to_tsvector('english', places), 'D'),
         said.title, said.kind, coalesce(said.minimum_age, 0), coalesce(said.maximum_age, 120), said.gender, said.price,
         coalesce(spoken.codes, '{}'), coalesce(eased.codes, '{}'), said.nationwide, said.provinces, said.districts,
         said.wide, said.status = 'active', (%(places)s::jsonb -> said.clock ->> 1)::smallint,
         coalesce(week.week, '{}'), coalesce(special.apart, '{}'), coalesce(special.special, '{}'),
         coalesce(week.seasonal, false), said.checked_on
    FROM said
    LEFT JOIN week ON week.page_id = said.id
    LEFT JOIN special ON special.page_id = said.id
    LEFT JOIN spoken ON spoken.page_id = said.id
    LEFT JOIN eased ON eased.page_id = said.id
)
INSERT INTO directory_word (word, stem, stem_en)
SELECT word, coalesce((ts_lexize('indonesian_stem', word))[1], ''), coalesce((ts_lexize('english_stem', word))[1], '')
  FROM (SELECT DISTINCT unnest(tsvector_to_array(to_tsvector('simple',
          concat_ws(' ', name_id, name_en, about_id, about_en, text_id, text_en, places)))) AS word FROM said) AS occurring
 WHERE word ~ '^[[:alpha:]]{3,60}$'
ON CONFLICT (word) DO NOTHING
