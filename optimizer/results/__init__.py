"""Results in one commit: a run's files are the old ones or the new ones, never some of each.

`commit` switches a folder, `optimizer.files.beside` a single file, `rooms.Room` holds what must not
outlive the program. Whatever a kill leaves, the next run into the same place puts right. A folder is
switched by exchanging it with one made ready beside it. Where that is impossible (it is mounted, a
shell stands in it, links cannot be made) its files are replaced one after the other, from a list
that the next run completes.
"""
