/** A few hundred real names, as a record collection has them: what relevance is judged on. Artist | popularity | album: track, track; album: ... */
import type { SearchDocument } from "../../storage/index.ts";

const collection = `
The Beatles|100|Abbey Road: Come Together, Something, Here Comes the Sun, Octopus's Garden; Help!: Help!, Yesterday, Ticket to Ride; Revolver: Eleanor Rigby, Yellow Submarine, Taxman; Let It Be: Let It Be, Get Back, Across the Universe
Queen|95|A Night at the Opera: Bohemian Rhapsody, Love of My Life, You're My Best Friend; Jazz: Don't Stop Me Now, Fat Bottomed Girls, Bicycle Race; News of the World: We Will Rock You, We Are the Champions
Queens of the Stone Age|50|Songs for the Deaf: No One Knows, Go with the Flow; Rated R: Feel Good Hit of the Summer
Mötley Crüe|45|Dr. Feelgood: Kickstart My Heart, Dr. Feelgood, Without You; Girls, Girls, Girls: Wild Side
Motörhead|44|Ace of Spades: Ace of Spades, Love Me Like a Reptile
AC/DC|85|Back in Black: Hells Bells, Back in Black, You Shook Me All Night Long; Highway to Hell: Highway to Hell, Girls Got Rhythm
P!nk|70|Missundaztood: Get the Party Started, Just Like a Pill; I'm Not Dead: Who Knew, U + Ur Hand
Pink Floyd|88|The Dark Side of the Moon: Time, Money, Us and Them, Brain Damage; The Wall: Another Brick in the Wall, Comfortably Numb, Hey You; Wish You Were Here: Wish You Were Here, Shine On You Crazy Diamond
Beyoncé|90|Lemonade: Formation, Sorry, Hold Up; I Am... Sasha Fierce: Halo, Single Ladies (Put a Ring on It)
Björk|55|Homogenic: Jóga, Bachelorette, All Is Full of Love; Debut: Human Behaviour, Venus as a Boy
Sigur Rós|48|Ágætis byrjun: Svefn-g-englar, Starálfur; Takk...: Hoppípolla, Glósóli
Nirvana|86|Nevermind: Smells Like Teen Spirit, Come as You Are, Lithium; In Utero: Heart-Shaped Box, All Apologies
Metallica|84|Metallica: Enter Sandman, Nothing Else Matters, The Unforgiven; Master of Puppets: Master of Puppets, Battery; Ride the Lightning: Fade to Black, For Whom the Bell Tolls
Led Zeppelin|87|Led Zeppelin IV: Stairway to Heaven, Black Dog, Rock and Roll; Houses of the Holy: Over the Hills and Far Away, The Ocean
Fleetwood Mac|83|Rumours: Dreams, Go Your Own Way, The Chain, Don't Stop; Tango in the Night: Everywhere, Little Lies
Red Hot Chili Peppers|80|Californication: Californication, Scar Tissue, Otherside; Blood Sugar Sex Magik: Under the Bridge, Give It Away
Guns N' Roses|78|Appetite for Destruction: Sweet Child o' Mine, Welcome to the Jungle, Paradise City; Use Your Illusion I: November Rain
R.E.M.|60|Automatic for the People: Everybody Hurts, Man on the Moon, Nightswimming; Out of Time: Losing My Religion, Shiny Happy People
U2|79|The Joshua Tree: With or Without You, Where the Streets Have No Name; Achtung Baby: One, Mysterious Ways
a-ha|58|Hunting High and Low: Take On Me, The Sun Always Shines on T.V.
Céline Dion|66|Falling into You: It's All Coming Back to Me Now, Because You Loved Me; Let's Talk About Love: My Heart Will Go On
Édith Piaf|47|La Vie en rose: La Vie en rose, Non, je ne regrette rien, Milord
Jay-Z|69|The Blueprint: Izzo (H.O.V.A.), Girls, Girls, Girls; The Black Album: 99 Problems, Encore
Simon & Garfunkel|65|Bridge over Troubled Water: Bridge over Troubled Water, The Boxer, Cecilia; Bookends: Mrs. Robinson, America
Earth, Wind & Fire|64|I Am: Boogie Wonderland, After the Love Has Gone; All 'n All: Fantasy, September
The Rolling Stones|89|Sticky Fingers: Brown Sugar, Wild Horses; Let It Bleed: Gimme Shelter, You Can't Always Get What You Want; Some Girls: Miss You, Beast of Burden
The Who|62|Who's Next: Baba O'Riley, Behind Blue Eyes, Won't Get Fooled Again
The The|20|Soul Mining: This Is the Day, Uncertain Smile
Daft Punk|82|Discovery: One More Time, Harder Better Faster Stronger, Digital Love; Random Access Memories: Get Lucky, Instant Crush
Rammstein|63|Mutter: Sonne, Ich will, Feuer frei!; Sehnsucht: Engel, Du hast
Die Ärzte|40|Die Bestie in Menschengestalt: Schrei nach Liebe, Mach die Augen zu
Sinéad O'Connor|52|I Do Not Want What I Haven't Got: Nothing Compares 2 U
Antonín Dvořák|35|Symphony No. 9: Largo, Allegro con fuoco
Wolfgang Amadeus Mozart|57|Requiem: Lacrimosa, Dies irae; Eine kleine Nachtmusik: Allegro, Romanze
Ludwig van Beethoven|59|Symphony No. 5: Allegro con brio; Für Elise: Für Elise
Johann Sebastian Bach|56|Goldberg Variations: Aria; Brandenburg Concertos: Allegro, Adagio
Кино|42|Группа крови: Группа крови, Спокойная ночь; Звезда по имени Солнце: Пачка сигарет
宇多田ヒカル|41|First Love: First Love, Automatic
방탄소년단|81|Love Yourself: 봄날, 고민보다 Go
!!!|15|Louden Up Now: Pardon My Freedom, Me and Giuliani Down by the School Yard
alt-J|43|An Awesome Wave: Breezeblocks, Matilda, Tessellate
Blink-182|61|Enema of the State: All the Small Things, What's My Age Again?
The Notorious B.I.G.|67|Ready to Die: Juicy, Big Poppa; Life After Death: Hypnotize
Ke$ha|51|Animal: TiK ToK, We R Who We R
Florence + the Machine|54|Lungs: Dog Days Are Over, Cosmic Love; Ceremonials: Shake It Out
Backstreet Boys|53|Millennium: I Want It That Way, Larger Than Life
Earl Sweatshirt|30|Doris: Chum, Sunday
Dire Straits|68|Brothers in Arms: Money for Nothing, Walk of Life, So Far Away; Dire Straits: Sultans of Swing
Marvin Gaye|71|What's Going On: What's Going On, Mercy Mercy Me; Let's Get It On: Let's Get It On
Elvis Presley|77|Elvis' Christmas Album: Blue Christmas; Blue Hawaii: Can't Help Falling in Love
`;

const genres = ["Rock", "Pop", "Hip-Hop", "R&B", "Drum & Bass", "Hard Rock", "Progressive Rock", "Electronic", "Jazz", "Classical", "Chanson", "Metal", "Heavy Metal", "J-Pop", "K-Pop", "Bossa Nova", "Rhythm and Blues"];

/** Ids say what they are: "artist Queen", "album Jazz", "track Yesterday", with the artist in brackets where a name comes twice. */
export function library(): SearchDocument[] {
  const documents: SearchDocument[] = genres.map((name) => ({ type: "genre", id: `genre ${name}`, name, context: "", popularity: 0 }));
  for (const line of collection.trim().split("\n")) {
    const [artist = "", popularity, albums = ""] = line.split("|");
    documents.push({ type: "artist", id: `artist ${artist}`, name: artist, context: "", popularity: Number(popularity) });
    for (const entry of albums.split("; ")) {
      const [album = "", tracks = ""] = entry.split(": ");
      documents.push({ type: "album", id: `album ${album}`, name: album, context: artist, popularity: Number(popularity) });
      for (const [place, track] of tracks.split(/, (?=[^\s])/u).entries()) {
        documents.push({ type: "track", id: `track ${track} [${artist}]`, name: track, context: `${artist} ${album}`, popularity: Number(popularity) - place });
      }
    }
  }
  return documents;
}
