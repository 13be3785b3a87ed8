-- From version 5: a post lists who mirrors it, not only where. No post had a mirror before.

UPDATE posts SET record = json_insert(json_remove(record, '$.post.mirror_urls'), '$.post.mirrors', json('[]'));
UPDATE outbox SET item = json_insert(json_remove(item, '$.post.mirror_urls'), '$.post.mirrors', json('[]'))
    WHERE json_type(item, '$.post') = 'object';
