-- A new project file, as `python -m tests.docs` reads it from the code (datasette_panoptic/store/schema.py).
-- application_id 0x50616E6F ("Pano"), user_version 1. Tables whose names start with `_` are machinery.

CREATE TABLE folders ( -- the directories the files came from
  id        integer primary key,            -- of the folder; the grid's `_folder=`
  parent_id integer references folders(id), -- null: a root, the directory that was imported
  name      text not null,                  -- as shown; bytes that are not UTF-8 appear as \xNN
  path      text not null,                  -- from the root, with '/' between names; '' for a root
  source    text unique,                    -- roots: the directory, or `film:` and a film, as imported; null: published
  raw_name  blob,                           -- the name's bytes where they are not UTF-8
  check (name <> '')
);
CREATE UNIQUE INDEX folders_parent_id_name on folders(parent_id, name);

CREATE TABLE images ( -- one row per unique file content
  id              integer primary key,                 -- of the image; instances, values, tags and pictures point to it
  sha1            text not null unique check (length(sha1) = 40), -- of the file's bytes
  width           integer not null check (width > 0),  -- pixels, after EXIF rotation
  height          integer not null check (height > 0), -- pixels, after EXIF rotation
  format          text not null,                       -- jpeg, png, gif, webp, tiff, bmp, avif, jp2, heic
  bytes           integer not null check (bytes >= 0), -- size of the file
  average_hash    text not null check (length(average_hash) = 16), -- 64 bits in hex, imagehash.average_hash
  perceptual_hash text not null check (length(perceptual_hash) = 16), -- 64 bits in hex, imagehash.phash
  taken_at        text,                                -- capture date, ISO 8601, as the camera said it
  mean_color      text not null check (length(mean_color) = 7), -- #rrggbb, the placeholder while a thumbnail loads
  metadata        text check (metadata is null or json_valid(metadata)) -- JSON: camera, gps, title, keywords, …
);
CREATE INDEX images_width on images(width);
CREATE INDEX images_height on images(height);
CREATE INDEX images_format on images(format);
CREATE INDEX images_bytes on images(bytes);
CREATE INDEX images_average_hash on images(average_hash);
CREATE INDEX images_perceptual_hash on images(perceptual_hash);
CREATE INDEX images_taken_at on images(taken_at);

CREATE TABLE files ( -- one row per image file found in a folder
  id            integer primary key,                     -- of the file
  folder_id     integer not null references folders(id), -- where it lies
  name          text not null,                           -- as shown; bytes that are not UTF-8 appear as \xNN
  image_id      integer not null references images(id),  -- its content when last read
  bytes         integer not null,                        -- size when last read
  modified_ns   integer not null,                        -- modification time when last read, nanoseconds since 1970
  missing_since text,                                    -- ISO 8601 UTC: when a scan lost it; null: it is there
  raw_name      blob,                                    -- the name's bytes where they are not UTF-8
  unique (folder_id, name)
);
CREATE INDEX files_image_id on files(image_id);
CREATE INDEX files_name on files(name collate nocase);

CREATE TABLE instances ( -- one row per occurrence of an image in the corpus: the row of the grid
  id       integer primary key,                    -- of the instance: what the grid counts and selects
  image_id integer not null references images(id), -- what it shows
  file_id  integer references files(id)            -- null: a publication whose file was never here
);
CREATE INDEX instances_image_id on instances(image_id);
CREATE INDEX instances_file_id on instances(file_id);

CREATE TABLE tag_parents ( -- the hierarchy of tags; a tag may have several parents
  tag_id    integer not null references tags(id), -- the narrower tag
  parent_id integer not null references tags(id), -- the broader tag
  primary key (tag_id, parent_id),
  check (tag_id <> parent_id)
) without rowid;
CREATE INDEX tag_parents_parent_id on tag_parents(parent_id);

CREATE TABLE image_values ( -- what is said of an image, once for all its instances
  image_id integer primary key references images(id) -- then one column per property of scope image
);

CREATE TABLE image_tags ( -- tags given to images
  tag_id   integer not null references tags(id),   -- what was said
  image_id integer not null references images(id), -- of which image
  primary key (tag_id, image_id)
) without rowid;
CREATE INDEX image_tags_image_id on image_tags(image_id, tag_id);

CREATE TABLE _panoptic_thumbnails ( -- the picture that the grid shows
  image_id integer primary key references images(id), -- what it shows
  mime     text not null,                             -- media type of data
  data     blob not null                              -- long edge of 160 to 319 pixels; smaller images as they are
);

CREATE TABLE _panoptic_previews ( -- a larger picture, for large cells and the image page
  image_id integer primary key references images(id), -- absent where the thumbnail already shows every pixel
  mime     text not null,                             -- media type of data
  data     blob not null                              -- long edge of 384 to 767 pixels
);

CREATE TABLE _panoptic_originals ( -- files kept inside the project
  image_id integer primary key references images(id), -- whose file it is
  mime     text not null,                             -- media type of data
  data     blob not null                              -- the file's bytes, untouched (import --store-originals, uploads)
);

CREATE TABLE _panoptic_rejects ( -- files that could not be imported, and why
  id          integer primary key,                     -- of the reject
  folder_id   integer not null references folders(id), -- where the file lies
  name        text not null,                           -- of the file, as shown
  reason      text not null,                           -- a sentence for a person
  bytes       integer,                                 -- size when it was tried; null: not known
  modified_ns integer,                                 -- modification time when it was tried
  at          text not null,                           -- ISO 8601 UTC
  raw_name    blob,                                    -- the name's bytes where they are not UTF-8
  unique (folder_id, name)
);

CREATE TABLE _panoptic_jobs ( -- long work, queued and finished
  id          integer primary key,                               -- of the job; the page of jobs links to it
  kind        text not null,                                     -- import, …
  params      text not null check (json_valid(params)),          -- JSON: what was asked for
  state       text not null                                      -- where it stands
              check (state in ('waiting', 'running', 'cancelling', 'cancelled', 'done', 'failed')),
  done        integer not null default 0,                        -- units of work finished
  total       integer,                                           -- units of work in all; null: not known yet
  report      text check (report is null or json_valid(report)), -- JSON: what it did
  message     text,                                              -- why it failed, or what it is doing
  actor       text,                                              -- who asked for it
  created_at  text not null,                                     -- ISO 8601 UTC, like the next two
  started_at  text,                                              -- when a worker took it
  finished_at text                                               -- when it ended, well or not
);
CREATE INDEX _panoptic_jobs_state on _panoptic_jobs(state);

CREATE TABLE _panoptic_job_errors ( -- what went wrong inside a job that went on
  id      integer primary key,                            -- of the error
  job_id  integer not null references _panoptic_jobs(id), -- the job it happened in
  subject text,                                           -- what failed: a path, an id
  message text not null                                   -- a sentence for a person
);
CREATE INDEX _panoptic_job_errors_job_id on _panoptic_job_errors(job_id);

CREATE TABLE _panoptic_changesets ( -- atomic batches of changes, each undoable
  id     integer primary key,                        -- of the changeset; the later, the higher
  actor  text,                                       -- null: nobody was signed in (command line)
  tool   text not null,                              -- what made it: import-video, stamp, undo, …
  query  text,                                       -- query string of the view it was made from
  at     text not null,                              -- ISO 8601 UTC
  undoes integer references _panoptic_changesets(id), -- the changeset that this one takes back
  undone_by integer references _panoptic_changesets(id) -- the changeset that took it back; null: it stands
);
CREATE INDEX _panoptic_changesets_undoes on _panoptic_changesets(undoes);
CREATE INDEX _panoptic_changesets_undone_by on _panoptic_changesets(undone_by);
CREATE INDEX _panoptic_changesets_actor on _panoptic_changesets(actor);

CREATE TABLE _panoptic_changes ( -- every old and new value
  id           integer primary key,                        -- of the change; the later, the higher
  changeset_id integer not null references _panoptic_changesets(id), -- the batch it was made in
  property_id  integer not null references properties(id), -- what was said
  subject_id   integer not null,                           -- of an image or an instance, by the property's scope
  tag_id       integer references tags(id),                -- tag properties: the tag that old and new (0 or 1) speak of
  old,                                                     -- value before; null: unset
  new                                                      -- value after; null: unset
);
CREATE INDEX _panoptic_changes_changeset_id_property_id on _panoptic_changes(changeset_id, property_id);
CREATE INDEX _panoptic_changes_property_id_subject_id on _panoptic_changes(property_id, subject_id);
CREATE INDEX _panoptic_changes_tag_id on _panoptic_changes(tag_id) where tag_id is not null;

CREATE TABLE _panoptic_edits ( -- one row per change of the vocabulary: properties, groups, tags and their parents
  id           integer primary key, -- in the order of the edits
  changeset_id integer not null references _panoptic_changesets(id), -- with which it was made
  kind         text not null, -- the table that was edited
  key          text not null check (json_valid(key)), -- JSON: the row's primary key
  old          text check (old is null or json_valid(old)), -- JSON: the row before; null: there was none
  new          text check (new is null or json_valid(new)) -- JSON: the row after; null: there is none
);
CREATE INDEX _panoptic_edits_changeset_id on _panoptic_edits(changeset_id);

CREATE TABLE _panoptic_settings ( -- facts about the project itself
  key   text primary key, -- name of the fact
  value                   -- the fact
) without rowid;

CREATE TABLE _panoptic_selections ( -- cells that somebody picked by hand and went on with: the grid's `_in=`
  id    integer primary key, -- of the selection
  ids   text not null check (json_valid(ids)), -- JSON: the instances' ids, ascending
  size  integer not null, -- how many they are
  actor text, -- who picked them; null: nobody was signed in
  at    text not null -- ISO 8601 UTC
);

CREATE TABLE embedding_spaces ( -- sets of vectors that may be compared with each other
  id         integer primary key, -- of the space
  embedder   text not null, -- the plugin that made them; `panoptic:` and a name: brought from a project of Panoptic
  revision   text not null, -- of the plugin: another one makes another space
  params     text not null check (json_valid(params)), -- JSON: its settings
  dimension  integer not null check (dimension > 0), -- length of each vector
  metric     text not null check (metric in ('cosine', 'hamming')), -- how two are compared
  modalities text not null check (json_valid(modalities)), -- JSON: what has vectors here: image, text
  unique (embedder, revision, params)
);

CREATE TABLE _panoptic_embeddings ( -- one vector for each image of a space
  id       integer primary key, -- of the row: in the order of the images, so that a space is read in one go
  space_id integer not null references embedding_spaces(id), -- which vectors it may be compared with
  image_id integer not null references images(id), -- what it is of
  vector   blob not null, -- little-endian float32, of length 1
  unique (space_id, image_id)
);
CREATE INDEX _panoptic_embeddings_image_id on _panoptic_embeddings(image_id);

CREATE TABLE _panoptic_space_states ( -- what changes of an embedding space while it is filled
  space_id    integer primary key references embedding_spaces(id), -- the space
  version     integer not null default 0, -- rises with every write to its vectors
  calibration text check (calibration is null or json_valid(calibration)) -- JSON: which cosines are usual in it
);

CREATE TABLE _panoptic_provenance ( -- how a machine came to the values of a changeset
  changeset_id integer primary key references _panoptic_changesets(id), -- with which they were written
  details      text not null check (json_valid(details)) -- JSON: model, space, threshold, …
);

CREATE TABLE clusterings ( -- runs that put images into clusters; run 7 is what queries call cluster_7 and fit_7
  id         integer primary key, -- of the run
  name       text not null, -- as people call it
  clusterer  text not null, -- the plugin, or `saved` for groups that an action answered
  space_id   integer references embedding_spaces(id), -- whose vectors it was given; null: none
  params     text not null check (json_valid(params)), -- JSON: its settings
  seed       integer not null default 0, -- that it was given: the same again gives the same clusters
  query      text not null, -- query string of the view whose images it was given
  actor      text, -- who ran it; null: nobody was signed in
  at         text not null, -- ISO 8601 UTC
  closed_at  text -- when somebody closed it: no longer offered, and still there
);
CREATE INDEX clusterings_space_id on clusterings(space_id);

CREATE TABLE clusters ( -- the clusters of a run
  clustering_id integer not null references clusterings(id), -- the run
  label         integer not null check (label >= 0), -- of the cluster; the largest is 0
  name          text, -- given by people, or proposed by words; null: none yet
  coherence     real, -- mean fit of its images; 1 is best
  best_image_id integer references images(id), -- of duplicates: the copy proposed to be kept
  primary key (clustering_id, label)
) without rowid;
CREATE INDEX clusters_best_image_id on clusters(best_image_id);

CREATE TABLE cluster_members ( -- which cluster of a run each of its images is in
  clustering_id integer not null references clusterings(id), -- the run
  image_id      integer not null references images(id), -- in it
  label         integer not null check (label >= -1), -- its cluster as it is now; -1: noise, in none
  fit           real, -- how well it fits into the cluster; 1 is best
  ran_label     integer not null, -- the cluster that the run put it into, wherever people moved it since
  primary key (clustering_id, image_id)
) without rowid;
CREATE INDEX cluster_members_image_id on cluster_members(image_id);

CREATE TABLE _panoptic_refusals ( -- images refused for a tag or a value: not proposed again, and learnt from
  property_id integer not null references properties(id), -- what was proposed to be said
  value       text not null, -- the value as a text; of a tag its id
  image_id    integer not null references images(id), -- of what
  actor       text, -- who refused; null: nobody was signed in
  at          text not null, -- ISO 8601 UTC
  primary key (property_id, value, image_id)
) without rowid;
CREATE INDEX _panoptic_refusals_image_id on _panoptic_refusals(image_id);

CREATE TABLE _panoptic_unchecked ( -- values that a machine wrote and nobody has checked yet
  property_id  integer not null references properties(id), -- what was said
  subject_id   integer not null, -- of an image or an instance, by the property's scope
  value        not null, -- the value as it was written; of a tag its id
  probability  real, -- that it is right, as far as the machine knew; null: it did not say
  changeset_id integer not null references _panoptic_changesets(id), -- with which it was written
  primary key (property_id, subject_id, value)
) without rowid;
CREATE INDEX _panoptic_unchecked_changeset_id on _panoptic_unchecked(changeset_id);

CREATE TABLE _panoptic_query_vectors ( -- vectors of texts and pictures that queries name and that are no images here
  space_id integer not null references embedding_spaces(id), -- in which they may be compared
  kind     text not null check (kind in ('text', 'file')), -- a text, or a picture that somebody sent
  key      text not null, -- the text; of a picture the SHA-1 of its bytes
  vector   blob not null, -- little-endian float32, of length 1
  at       text not null, -- ISO 8601 UTC
  primary key (space_id, kind, key)
) without rowid;

CREATE TABLE _panoptic_plugin_defaults ( -- what people asked to be taken "by default"
  actor     text not null, -- who; empty: nobody was signed in
  role      text not null, -- embedder, clusterer, projector, action
  plugin    text not null, -- its id
  params    text not null check (json_valid(params)), -- JSON: its settings
  is_chosen integer not null check (is_chosen in (0, 1)), -- 1: of its role the one to offer first
  primary key (actor, role, plugin)
) without rowid;

CREATE TABLE _panoptic_replacements ( -- files that showed another image when they were read again
  id           integer primary key, -- of the replacement
  file_id      integer not null references files(id), -- the file
  old_image_id integer references images(id), -- what it showed; null: gone, nothing was said of it
  new_image_id integer references images(id), -- what it showed then; null: gone, it shows something else by now
  changeset_id integer not null references _panoptic_changesets(id), -- of the import that noticed
  carried_by   integer references _panoptic_changesets(id) -- with which what was said followed; null: nothing has
);
CREATE INDEX _panoptic_replacements_file_id on _panoptic_replacements(file_id);
CREATE INDEX _panoptic_replacements_old_image_id on _panoptic_replacements(old_image_id);
CREATE INDEX _panoptic_replacements_new_image_id on _panoptic_replacements(new_image_id);
CREATE INDEX _panoptic_replacements_changeset_id on _panoptic_replacements(changeset_id);
CREATE INDEX _panoptic_replacements_carried_by on _panoptic_replacements(carried_by);

CREATE TABLE property_groups ( -- headings under which properties are listed
  id       integer primary key,                 -- of the group
  name     text not null unique collate nocase, -- as shown above its properties
  name_key text, -- the name as names are compared, unique; null: other software wrote the name
  position integer not null default 0           -- order in the panel
);
CREATE UNIQUE INDEX property_groups_name_key on property_groups(name_key);
CREATE TRIGGER property_groups_renamed after update of name on property_groups
when new.name is not old.name and new.name_key is old.name_key
begin
  update property_groups set name_key = null where id = new.id;
end;

CREATE TABLE properties ( -- typed attributes that people define
  id          integer primary key,                    -- of the property; survives a renaming
  name        text not null unique collate nocase,    -- also the name of its column in image_values or instance_values
  name_key text, -- the name as names are compared, unique; null: other software wrote the name
  type        text not null                           -- what its values may be
              check (type in ('text', 'number', 'date', 'tag', 'multi_tags', 'url', 'color', 'checkbox')),
  scope       text not null check (scope in ('image', 'instance')), -- what a value describes
  group_id    integer references property_groups(id), -- the heading it stands under
  position    integer not null default 0,             -- order in the panel
  description text,                                   -- what it means, for those who annotate
  deleted_at  text                                    -- ISO 8601 UTC: hidden, can be brought back; null: in use
);
CREATE INDEX properties_group_id on properties(group_id);
CREATE UNIQUE INDEX properties_name_key on properties(name_key);
CREATE TRIGGER properties_renamed after update of name on properties
when new.name is not old.name and new.name_key is old.name_key
begin
  update properties set name_key = null where id = new.id;
end;

CREATE TABLE tags ( -- the terms of the tag properties
  id          integer primary key,                             -- of the tag; survives a renaming
  property_id integer not null references properties(id),      -- the property whose vocabulary it belongs to
  name        text not null,                                   -- as shown
  name_key text, -- the name as names are compared, unique; null: other software wrote the name
  color       text check (color is null or length(color) = 7), -- #rrggbb
  description text,                                            -- when to use it
  uri         text,                                            -- of the concept elsewhere (Wikidata, Getty AAT, …)
  deleted_at  text,                       -- ISO 8601 UTC: hidden, can be brought back; null: in use
  unique (property_id, name)
);
CREATE UNIQUE INDEX tags_name_key on tags(property_id, name_key);
CREATE INDEX tags_unsettled on tags(name_key) where name_key is null;
CREATE TRIGGER tags_renamed after update of name on tags
when new.name is not old.name and new.name_key is old.name_key
begin
  update tags set name_key = null where id = new.id;
end;

CREATE TABLE saved_views ( -- named queries: the tabs of the grid
  id       integer primary key,        -- of the view
  name     text not null,              -- as shown on its tab
  name_key text, -- the name as names are compared, unique; null: other software wrote the name
  query    text not null,              -- the query string of the page
  layout   text,                       -- JSON: thumbnail size, columns, …
  position integer not null default 0, -- order of the tabs
  actor    text                        -- whose it is; null: everybody's
);
CREATE UNIQUE INDEX saved_views_name_key on saved_views(name_key);
CREATE TRIGGER saved_views_renamed after update of name on saved_views
when new.name is not old.name and new.name_key is old.name_key
begin
  update saved_views set name_key = null where id = new.id;
end;

CREATE TABLE image_metadata ( -- what files and their sidecars say of images, keywords apart
  image_id    integer primary key references images(id), -- of which image; none: nothing is said
  title       text, -- of the work or the photograph
  description text, -- caption
  creator     text, -- photographer or author; several are separated by commas
  rights      text, -- copyright notice
  camera      text, -- maker and model
  lens        text, -- as the camera names it
  place       text  -- where it was taken, from the spot to the country
);

CREATE TABLE keywords ( -- words that files are catalogued by
  id   integer primary key, -- of the keyword
  name text not null unique -- as the files have it
);

CREATE TABLE image_keywords ( -- keywords of images, from their files and sidecars
  keyword_id integer not null references keywords(id), -- which
  image_id   integer not null references images(id),   -- of which image
  primary key (keyword_id, image_id)
) without rowid;
CREATE INDEX image_keywords_image_id on image_keywords(image_id, keyword_id);

CREATE TABLE _panoptic_sidecars ( -- what was read beside an image file
  file_id integer primary key references files(id), -- whose sidecars they are
  stamp   text not null, -- names, sizes and modification times when they were read, to tell when they change
  said    text not null check (json_valid(said)) -- JSON: title, keywords, …, as in images.metadata
);

CREATE TABLE _panoptic_removed ( -- instances that were taken out of the corpus, and can be put back
  id       integer primary key, -- of the instance
  image_id integer not null references images(id), -- what it shows
  file_id  integer references files(id) -- null: a publication whose file was never here
);
CREATE INDEX _panoptic_removed_image_id on _panoptic_removed(image_id);
CREATE INDEX _panoptic_removed_file_id on _panoptic_removed(file_id);

CREATE TABLE _panoptic_removals ( -- which instances each changeset took out, put back or made
  changeset_id integer not null references _panoptic_changesets(id), -- the changeset
  instance_id  integer not null, -- the instance
  is_removed   integer not null check (is_removed in (0, 1)), -- 1: taken out; 0: put back, or made
  primary key (changeset_id, instance_id)
) without rowid;
CREATE INDEX _panoptic_removals_instance_id on _panoptic_removals(instance_id);

CREATE TABLE _panoptic_hidden_embeddings ( -- vectors of images that are kept and shown by no instance
  space_id integer not null references embedding_spaces(id), -- which vectors it may be compared with
  image_id integer not null references images(id), -- what it is of
  vector   blob not null, -- little-endian float32, of length 1
  primary key (space_id, image_id)
) without rowid;
CREATE INDEX _panoptic_hidden_embeddings_image_id on _panoptic_hidden_embeddings(image_id);

CREATE TABLE _panoptic_hidden_members ( -- places of such images in runs
  clustering_id integer not null references clusterings(id), -- the run
  image_id      integer not null references images(id), -- in it
  label         integer not null check (label >= -1), -- its cluster; -1: noise, in none
  fit           real, -- how well it fits into the cluster; 1 is best
  ran_label     integer not null, -- the cluster that the run put it into
  primary key (clustering_id, image_id)
) without rowid;
CREATE INDEX _panoptic_hidden_members_image_id on _panoptic_hidden_members(image_id);

CREATE TABLE _panoptic_sources ( -- what people decided of the roots among the folders
  folder_id       integer primary key references folders(id), -- the root
  excluded        text not null default '[]' check (json_valid(excluded)), -- JSON: patterns of names passed over
  includes_hidden integer not null default 0 check (includes_hidden in (0, 1)), -- 1: hidden folders are imported too
  removed_at      text -- ISO 8601 UTC: no longer a source; null: it is one
);

CREATE TABLE instance_values ( -- what is said of one instance
  instance_id integer primary key -- then one column per property of scope instance
);

CREATE TABLE instance_tags ( -- tags given to single instances
  tag_id      integer not null references tags(id),      -- what was said
  instance_id integer not null, -- of which instance
  primary key (tag_id, instance_id)
) without rowid;
CREATE INDEX instance_tags_instance_id on instance_tags(instance_id, tag_id);

CREATE VIEW corpus as
-- one row per instance, with its image, its file, what the file says of itself and a column per property
select
  instances.id as instance_id,
  images.id as image_id,
  images.sha1,
  files.name as file_name,
  case folders.path when '' then folders.name else folders.path end as folder,
  images.width,
  images.height,
  images.format,
  images.bytes,
  images.taken_at,
  images.average_hash,
  images.perceptual_hash,
  image_metadata.title as "title",
  image_metadata.description as "description",
  (
    select group_concat(keywords.name, ', ')
    from image_keywords join keywords on keywords.id = image_keywords.keyword_id
    where image_keywords.image_id = images.id
  ) as "keywords",
  image_metadata.creator as "creator",
  image_metadata.rights as "rights",
  image_metadata.camera as "camera",
  image_metadata.lens as "lens",
  image_metadata.place as "place"
from instances
join images on images.id = instances.image_id
left join files on files.id = instances.file_id
left join folders on folders.id = files.folder_id
left join image_metadata on image_metadata.image_id = images.id
left join image_values on image_values.image_id = images.id
left join instance_values on instance_values.instance_id = instances.id;

CREATE VIEW annotations as
-- one row per statement: subject, property, value as text, who said it and when
with statements (property_id, property, scope, subject_id, tag_id, value) as (
  select properties.id, properties.name, 'image', image_tags.image_id, tags.id, tags.name
  from image_tags
  join tags on tags.id = image_tags.tag_id
  join properties on properties.id = tags.property_id and properties.deleted_at is null
  where exists (select 1 from instances where instances.image_id = image_tags.image_id)
  union all
  select properties.id, properties.name, 'instance', instance_tags.instance_id, tags.id, tags.name
  from instance_tags
  join tags on tags.id = instance_tags.tag_id
  join properties on properties.id = tags.property_id and properties.deleted_at is null
  where exists (select 1 from instances where instances.id = instance_tags.instance_id)
)
select
  statements.scope,
  statements.subject_id,
  statements.property,
  statements.value,
  changesets.actor,
  changesets.at
from statements
left join _panoptic_changes as changes on changes.id = (
  select max(id) from _panoptic_changes
  where property_id = statements.property_id and subject_id = statements.subject_id
    and tag_id is statements.tag_id
)
left join _panoptic_changesets as changesets on changesets.id = changes.changeset_id;
