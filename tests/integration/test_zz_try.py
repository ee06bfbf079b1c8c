import time
from pathlib import Path
from tests.import_world import *
from app import release
from app.core.work import Origin
from tests.identity_world import keys
def test_try(world):
    t=time.time()
    n=[0]
    r=run_import(world, Path('/work/shared/corpus/manifest.csv'), ImportOptions(marking='TLP:GREEN; OFFICIAL (OPEN)',release_to='community',submit=True), store=attachment_store(world, 10**9))
    print(r.imported,r.unchanged,len(r.bad),r.bad[:10],time.time()-t)
    t=time.time()
    b=release.release_batch(world.units,world.gate,lambda w: world.actor(w,'iris'),r.batch_id,lambda a,b: None,keys=keys(),origin=Origin(door='test'))
    print(len(b.done),b.refused[:3],b.skipped_count,time.time()-t)
