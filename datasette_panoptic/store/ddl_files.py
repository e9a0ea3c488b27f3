"""The SQL of migrations about files: removed, replaced, and the metadata they carry."""

REMOVALS = """
create table _panoptic_removed ( -- instances that were taken out of the corpus, and can be put back
  id       integer primary key, -- of the instance
  image_id integer not null references images(id), -- what it shows
  file_id  integer references files(id) -- null: a publication whose file was never here
);
create index _panoptic_removed_image_id on _panoptic_removed(image_id);
create index _panoptic_removed_file_id on _panoptic_removed(file_id);

create table _panoptic_removals ( -- which instances each changeset took out, put back or made
  changeset_id integer not null references _panoptic_changesets(id), -- the changeset
  instance_id  integer not null, -- the instance
  is_removed   integer not null check (is_removed in (0, 1)), -- 1: taken out; 0: put back, or made
  primary key (changeset_id, instance_id)
) without rowid;
create index _panoptic_removals_instance_id on _panoptic_removals(instance_id);

create table _panoptic_hidden_embeddings ( -- vectors of images that are kept and shown by no instance
  space_id integer not null references embedding_spaces(id), -- which vectors it may be compared with
  image_id integer not null references images(id), -- what it is of
  vector   blob not null, -- little-endian float32, of length 1
  primary key (space_id, image_id)
) without rowid;
create index _panoptic_hidden_embeddings_image_id on _panoptic_hidden_embeddings(image_id);

create table _panoptic_hidden_members ( -- places of such images in runs
  clustering_id integer not null references clusterings(id), -- the run
  image_id      integer not null references images(id), -- in it
  label         integer not null check (label >= -1), -- its cluster; -1: noise, in none
  fit           real, -- how well it fits into the cluster; 1 is best
  ran_label     integer not null, -- the cluster that the run put it into
  primary key (clustering_id, image_id)
) without rowid;
create index _panoptic_hidden_members_image_id on _panoptic_hidden_members(image_id);

create table _panoptic_sources ( -- what people decided of the roots among the folders
  folder_id       integer primary key references folders(id), -- the root
  excluded        text not null default '[]' check (json_valid(excluded)), -- JSON: patterns of names passed over
  includes_hidden integer not null default 0 check (includes_hidden in (0, 1)), -- 1: hidden folders are imported too
  removed_at      text -- ISO 8601 UTC: no longer a source; null: it is one
);
"""

REPLACEMENTS = """
create table _panoptic_replacements ( -- files that showed another image when they were read again
  id           integer primary key, -- of the replacement
  file_id      integer not null references files(id), -- the file
  old_image_id integer references images(id), -- what it showed; null: gone, nothing was said of it
  new_image_id integer references images(id), -- what it showed then; null: gone, it shows something else by now
  changeset_id integer not null references _panoptic_changesets(id), -- of the import that noticed
  carried_by   integer references _panoptic_changesets(id) -- with which what was said followed; null: nothing has
);
create index _panoptic_replacements_file_id on _panoptic_replacements(file_id);
create index _panoptic_replacements_old_image_id on _panoptic_replacements(old_image_id);
create index _panoptic_replacements_new_image_id on _panoptic_replacements(new_image_id);
create index _panoptic_replacements_changeset_id on _panoptic_replacements(changeset_id);
create index _panoptic_replacements_carried_by on _panoptic_replacements(carried_by);
"""

METADATA = """
create table image_metadata ( -- what files and their sidecars say of images, keywords apart
  image_id    integer primary key references images(id), -- of which image; none: nothing is said
  title       text, -- of the work or the photograph
  description text, -- caption
  creator     text, -- photographer or author; several are separated by commas
  rights      text, -- copyright notice
  camera      text, -- maker and model
  lens        text, -- as the camera names it
  place       text  -- where it was taken, from the spot to the country
);

create table keywords ( -- words that files are catalogued by
  id   integer primary key, -- of the keyword
  name text not null unique -- as the files have it
);

create table image_keywords ( -- keywords of images, from their files and sidecars
  keyword_id integer not null references keywords(id), -- which
  image_id   integer not null references images(id),   -- of which image
  primary key (keyword_id, image_id)
) without rowid;
create index image_keywords_image_id on image_keywords(image_id, keyword_id);

create table _panoptic_sidecars ( -- what was read beside an image file
  file_id integer primary key references files(id), -- whose sidecars they are
  stamp   text not null, -- names, sizes and modification times when they were read, to tell when they change
  said    text not null check (json_valid(said)) -- JSON: title, keywords, …, as in images.metadata
);
"""
