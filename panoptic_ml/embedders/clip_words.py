"""Words by which CLIP proposes names of clusters: kinds of picture too, which the classes of ImageNet have not."""

from __future__ import annotations

PICTURES = """advertisement, album cover, aerial photograph, architectural drawing, blueprint, book cover, calligraphy,
caricature, cartoon, ceramic, chart, coat of arms, coin, collage, comic strip, diagram, engraving, etching, film still,
fresco, graffiti, group portrait, icon, illuminated manuscript, illustration, infographic, landscape painting, letter,
logo, magazine cover, manuscript page, map, meme, mosaic, mugshot, newspaper page, oil painting, pattern, pencil
drawing, photograph in black and white, playing card, portrait, postage stamp, postcard, poster, printed page, relief,
satellite image, screenshot, sculpture, selfie, sheet music, stained glass, still life, street sign, tapestry, text
message, video game, watercolour, woodcut, x-ray"""

PEOPLE = """actor, artist, athlete, baby, bride, child, choir, couple, crowd, dancer, doctor, family, farmer, king,
man, mask, monk, musician, naked person, nurse, old man, old woman, police officer, politician, priest, queen, saint,
scientist, soldier, speaker, worker, woman, wrestler"""

EVENTS = """accident, battle, ceremony, concert, conference, dance, demonstration, dinner, explosion, exhibition, fair,
fire, flood, football match, funeral, market, party, procession, race, strike, theatre play, trial, wedding"""

PLACES = """airport, alley, bar, beach, bedroom, bridge, canal, castle, cathedral, cave, cemetery, church, city, city
at night, classroom, coast, desert, factory, farm, field, forest, fountain, garden, glacier, harbour, hospital, house,
kitchen, laboratory, lake, library, living room, mine, monument, mosque, mountain, museum, office, palace, park, prison,
railway station, restaurant, river, road, ruins, school, sea, shop, square, stadium, street, sunset, swimming pool,
temple, tower, tunnel, village, volcano, waterfall, winter landscape, workshop"""

THINGS = """aeroplane, animal, armour, balloon, basket, bear, bicycle, bird, boat, book, bottle, bread, bus, butterfly,
camera, candle, car, carpet, cat, chair, cheese, clock, clothes, cloud, computer, cow, cross, cup, dog, door, dress,
elephant, face, fish, flag, flower, food, fruit, furniture, glass, gun, hand, hat, helmet, horse, insect, jewellery,
knife, lamp, leaf, lion, machine, microscope, mirror, monkey, moon, motorcycle, mushroom, piano, pig, plant, puppet,
robot, rock, rocket, ship, shoe, snake, spider, sword, table, tank, telephone, tool, toy, tractor, train, tree, truck,
umbrella, uniform, vase, vegetable, violin, weapon, wheel, window, wine"""

WORDS = tuple(
    dict.fromkeys(
        " ".join(word.split()) for part in (PICTURES, PEOPLE, EVENTS, PLACES, THINGS) for word in part.split(",")
    )
)
