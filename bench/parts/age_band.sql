-- The band of an age in `days`.
CASE WHEN days < 31 THEN '0-30' WHEN days < 92 THEN '31-91' WHEN days < 183 THEN '92-182' WHEN days < 365 THEN '183-364'
    WHEN days < 730 THEN '365-729' WHEN days < 1826 THEN '730-1825' ELSE '1826+' END
