-- Up Migration

-- What search/postgres.ts keeps; rebuilt from the catalog at any time.
--
-- A document stands in a tier: tier 0 holds the most popular ones of its type, the next tiers more and less popular
-- ones, the last (3) the rest. Searching goes from tier to tier and stops with enough hits. A common word or a short
-- prefix is answered by the few documents of tier 0; a rare one meets few documents in any tier. So the work for any
-- query is bounded, and the order is still exact, because no document of a tier outranks one of the tier before.
create table search_document (
  type text not null check (type in ('track', 'artist', 'album', 'genre')),
  id text collate "C" not null,
  -- The name as storage/search/fold.ts folds it; "C" makes a prefix one range of the index.
  folded text collate "C" not null,
  popularity double precision not null,
  tier smallint not null,
  -- Words of name and context, folded, separated by spaces.
  terms text not null,
  primary key (type, id)
);
create index search_document_name on search_document (type, tier, folded);

-- What a document is found by: each word as type, tier, word ("tr0beatles"), so that there is one posting list per type
-- and tier; and with "~" each beginning of a word up to eight letters ("tr0~b" ... "tr0~beatles"). Lists of exact words
-- can be intersected by skipping; a prefix match of the index would first collect every document with such a word.
create function search_lexemes(type text, tier smallint, terms text) returns tsvector
language sql immutable parallel safe as $$
  select array_to_tsvector(array(
    select left(type, 2) || tier || case n when 0 then term else '~' || left(term, n) end
    from unnest(string_to_array(terms, ' ')) term cross join generate_series(0, least(length(term), 8)) n
  ))
$$;
create index search_document_words on search_document using gin (search_lexemes(type, tier, terms)) with (gin_pending_list_limit = 16384);

-- Where tiers end: a document belongs to the first tier whose last document does not outrank it.
create table search_tier (
  type text not null,
  tier smallint not null,
  popularity double precision not null,
  id text collate "C" not null,
  primary key (type, tier)
);

-- The vocabulary: words that occur in documents; typos are corrected to these. A word may outlive its documents.
create table search_term (
  term text collate "C" primary key
);
create index search_term_trigram on search_term using gin (term gin_trgm_ops) where length(term) >= 6;

-- The tier of a document by its popularity.
create function search_tier_of(of_type text, of_popularity double precision, of_id text) returns smallint
language sql stable as $$
  select coalesce(min(t.tier), 3)::smallint from search_tier t
  where t.type = of_type and (of_popularity > t.popularity or (of_popularity = t.popularity and of_id collate "C" <= t.id))
$$;

-- Documents whose words match, best first, tier by tier. `template` is a tsquery with chr(1) where type and tier go.
-- Documents whose folded name lies in [from_name, until_name) are left out: they were found by name.
create function search_words(wanted text, template text, from_name text, until_name text, hits int, candidates int)
returns table (type text, id text, popularity double precision)
language plpgsql stable set enable_seqscan = off set jit = off set work_mem = '32MB' as $$
declare
  missing int := hits;
  rows_found int;
  wanted_tier int;
  wanted_words tsquery;
begin
  for wanted_tier in 0..3 loop
    wanted_words := replace(template, chr(1), left(wanted, 2) || wanted_tier)::tsquery;
    return query
      select wanted, c.id::text, c.popularity from (
        select d.id, d.popularity from search_document d
        where search_lexemes(d.type, d.tier, d.terms) @@ wanted_words
          and not (d.folded >= from_name and d.folded < until_name)
          and not (d.folded >= 'the ' || from_name and d.folded < 'the ' || until_name)
        limit candidates
      ) c
      order by c.popularity desc, c.id limit missing;
    get diagnostics rows_found = row_count;
    missing := missing - rows_found;
    exit when missing <= 0;
  end loop;
end
$$;

-- The best documents of each type: class 4 whole name, 3 beginning of the name, 2 words. A leading "the" may be missing:
-- nobody types "the beatles".
create function search_hits(wanted_types text[], name text, until_name text, template text, hits int, candidates int)
returns table (type text, id text, class int, popularity double precision)
language plpgsql stable set enable_seqscan = off set jit = off set work_mem = '32MB' as $$
declare
  missing int;
  rows_found int;
  wanted text;
  wanted_tier int;
begin
  foreach wanted in array wanted_types loop
    missing := hits;
    for wanted_tier in 0..3 loop
      return query
        select wanted, c.id::text, 4, c.popularity from (
          select d.id, d.popularity from search_document d
          where d.type = wanted and d.tier = wanted_tier and d.folded in (name, 'the ' || name)
          limit candidates
        ) c
        order by c.popularity desc, c.id limit missing;
      get diagnostics rows_found = row_count;
      missing := missing - rows_found;
      exit when missing <= 0;
    end loop;
    continue when missing <= 0;
    for wanted_tier in 0..3 loop
      return query
        select wanted, c.id::text, 3, c.popularity from (
          select d.id, d.popularity from (values (name, until_name), ('the ' || name, 'the ' || until_name)) r(from_name, until_name)
          cross join lateral (
            select s.id, s.popularity from search_document s
            where s.type = wanted and s.tier = wanted_tier and s.folded > r.from_name collate "C" and s.folded < r.until_name collate "C"
              and s.folded <> 'the ' || name
            limit candidates
          ) d
          -- While "the" itself is being typed, the second range lies within the first.
          where r.from_name = name or not starts_with('the ' || name, name)
        ) c
        order by c.popularity desc, c.id limit missing;
      get diagnostics rows_found = row_count;
      missing := missing - rows_found;
      exit when missing <= 0;
    end loop;
    continue when missing <= 0;
    return query select w.type, w.id, 2, w.popularity from search_words(wanted, template, name, until_name, missing, candidates) w;
  end loop;
end
$$;

-- Terms that share enough trigrams with `word`, most similar first. Two typos in a word of eight letters leave it a fifth.
create function search_similar(word text, terms int) returns table (term text)
language sql stable set pg_trgm.similarity_threshold = 0.2 set enable_seqscan = off set jit = off as $$
  select t.term::text from search_term t
  where t.term % word and length(t.term) >= 6 and length(t.term) between length(word) - 2 and length(word) + 2
  order by similarity(t.term, word) desc, t.term limit terms
$$;

-- Down Migration
drop function search_similar, search_hits, search_words, search_tier_of;
drop table search_term, search_tier, search_document;
drop function search_lexemes;
